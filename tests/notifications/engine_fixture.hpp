#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "notifications/delivery_engine.hpp"
#include "persistence/memory_journal.hpp"
#include "tests/persistence/temp_dir.hpp"

namespace atrium::test {

/// Time as the test sets it.
class set_clock final : public clock_port {
 public:
  instant now() const override;
  void advance(milliseconds by);

 private:
  mutable std::mutex mutex_;
  instant now_ = *parse_instant("2026-11-23T00:00:00Z");
};

/// A channel whose destinations do as they are told; every event about an operator's act leaves a
/// message for the destination that the act names.
class scripted_channel final : public delivery_channel {
 public:
  using kind = delivery_outcome::kind;
  struct attempt {
    std::string destination;
    std::uint64_t position = 0;
    done answer;
  };

  std::string_view name() const override { return "test"; }
  bool is_in_use() const override { return true; }
  std::uint64_t begins_after() override { return 0; }
  bool wants(std::string_view type) const override { return type == "operator.acted.v1"; }
  routed route(const stored_event& e) override;
  bool send(const delivery& d, done on_done) override;
  void failing(const std::string&, instant) override {}
  bool has_endpoint(const std::string& endpoint) const override {
    return endpoint.starts_with("test/");
  }
  std::uint64_t most_waiting() const override { return most_waiting_; }

  /// What a destination answers from now on; without it attempts stay open.
  void answers(const std::string& destination, kind how);
  /// What the attempts at one event's message answer, whatever the destination says.
  void answers(std::uint64_t position, kind how);
  void stays_silent(const std::string& destination);
  void set_most_waiting(std::uint64_t n) { most_waiting_ = n; }

  std::vector<std::uint64_t> attempts(const std::string& destination) const;
  std::vector<std::uint64_t> delivered(const std::string& destination) const;
  /// Waits up to ten seconds.
  [[nodiscard]] bool wait(const std::function<bool()>& until) const;
  std::vector<attempt> take_open();

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::map<std::string, kind> by_destination_;
  std::map<std::uint64_t, kind> by_position_;
  std::vector<attempt> open_;
  std::vector<std::pair<std::string, std::uint64_t>> attempts_, delivered_;
  std::uint64_t most_waiting_ = 1'000;
};

/// An engine on a journal in memory, with views and outbox in a directory of their own.
class EngineTest : public ::testing::Test {
 protected:
  EngineTest();
  ~EngineTest() override;

  /// Journals an event that leaves a message for the destination; its position.
  std::uint64_t tell(const std::string& destination);
  std::vector<std::uint64_t> tell(const std::string& destination, std::size_t times);
  /// A new engine, as after a restart.
  void start(bool on_a_new_outbox = false);
  void stop() { engine.reset(); }
  delivery stored(const std::string& destination, std::uint64_t position) const;

  tests::temp_dir dir;
  memory_journal log;
  set_clock clock;
  scripted_channel channel;
  std::unique_ptr<views> read;
  std::unique_ptr<outbox> box;
  std::unique_ptr<delivery_engine> engine;
  delivery_engine::options options;
  int outboxes = 0;
};

}  // namespace atrium::test
