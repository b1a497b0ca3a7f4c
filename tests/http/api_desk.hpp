#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/protocol/command_port.hpp"
#include "persistence/memory_journal.hpp"
#include "persistence/memory_stream_index.hpp"

namespace atrium::test {

struct manual_clock final : clock_port {
  instant t{};
  instant now() const override { return t; }
};

/// A command port without actors: decides with the real domain rules, writes to a journal in memory
/// and answers before the call returns. One thread.
class api_desk final : public command_port {
 public:
  api_desk(memory_journal& log, memory_stream_index& index, const clock_port& clock)
      : log_(log), index_(index), clock_(clock) {}

  void submit(start_saga request, command_context ctx, completion<saga_answer> done) override;
  void execute(entity_task task, command_context ctx, completion<entity_answer> done) override;
  void retire_room(room_id room, std::uint64_t if_version, bool cancel_bookings,
                   command_context ctx, completion<retire_answer> done) override;
  void notice(payment_notice what) override { notices.push_back(std::move(what)); }
  void instruct(saga_instruction what, command_context ctx, completion<saga_info> done) override;
  desk_census census() const override;
  std::vector<actor_info> actors(std::size_t most) const override;
  std::vector<saga_info> sagas(std::size_t most) const override;
  std::size_t in_flight() const override { return 0; }

  /// Answers the next submission with this instead of deciding it.
  std::optional<result<saga_answer>> planted_saga;
  /// Runs after each write, e.g. to let views follow.
  std::function<void()> after_write;
  std::vector<payment_notice> notices;
  std::vector<start_saga> submitted;
  std::vector<saga_instruction> instructed;
  /// What instruct() answers; without it the saga is unknown.
  std::optional<result<saga_info>> planted_order;
  std::vector<command_context> contexts;

 private:
  struct finished {
    std::string fingerprint;
    ev::saga_result result;
    std::uint64_t position = 0;
  };
  ev::saga_result run(const start_saga& request, const command_context& ctx);
  ev::saga_result book(const start_saga& s, const ev::booking_request& in,
                       const command_context& ctx);
  ev::saga_result hold(const start_saga& s, const ev::hold_request& in, const command_context& ctx);
  ev::saga_result change(const start_saga& s, const ev::change_request& in,
                         const command_context& ctx);
  ev::saga_result cancel(const ev::cancel_request& in, const command_context& ctx);
  ev::saga_result refund(const start_saga& s, const ev::refund_request& in,
                         const command_context& ctx);
  template <class Aggregate, class Command>
  result<entity_answer> decide(Aggregate state, const std::string& stream, const Command& command,
                               const command_context& ctx, const std::string& causation);
  std::uint64_t write(const std::string& stream, const std::vector<event>& events,
                      const command_context& ctx, const std::string& causation);

  memory_journal& log_;
  memory_stream_index& index_;
  const clock_port& clock_;
  std::map<std::string, finished> finished_;
  std::map<std::string, ev::cancel_result> cancelled_;
};

}  // namespace atrium::test
