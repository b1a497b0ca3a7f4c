#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "persistence/follower.hpp"
#include "persistence/stream_index.hpp"

namespace atrium {

/// The stream index in memory, for simulations. Fed like the real one: by a follower or, without a
/// thread, by catch_up() (e.g. from a journal subscription or before each step of a test).
/// Concurrency: every member from any thread.
class memory_stream_index final : public stream_index, public projection {
 public:
  explicit memory_stream_index(const journal& log) : log_(log) {}

  /// Applies everything durable that was not applied yet.
  void catch_up();
  /// Forgets everything, as a rebuild does.
  void clear();

  std::uint64_t position() const override;
  bool wait_for(std::uint64_t wanted, std::chrono::milliseconds timeout) const override;
  std::vector<stored_event> read_stream(std::string_view stream, std::uint64_t from_seq,
                                        std::size_t limit = SIZE_MAX) const override;
  std::optional<snapshot> find_snapshot(std::string_view stream) const override;
  void offer_snapshot(std::string stream, snapshot s) override;
  std::optional<saga_entry> find_saga(const saga_id& id) const override;
  std::vector<saga_id> open_sagas(std::size_t limit) const override;
  std::vector<due_entry> due(instant until, std::size_t limit) const override;

  std::string_view name() const override { return "index"; }
  void begin() override {}
  void apply(const stored_event& e) override;
  void commit(std::uint64_t position) override;
  void rollback() noexcept override {}

 private:
  const journal& log_;
  mutable std::mutex mutex_;
  mutable std::condition_variable advanced_;
  std::uint64_t position_ = 0;
  std::unordered_map<std::string, std::vector<std::uint64_t>> streams_;
  std::unordered_map<std::string, snapshot> snapshots_;
  std::unordered_map<saga_id, saga_entry> sagas_;
  std::map<std::uint64_t, saga_id> open_;  ///< by started_position
  std::set<due_entry> due_;
};

}  // namespace atrium
