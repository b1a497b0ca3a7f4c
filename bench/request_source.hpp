#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace atrium::bench {

/// What to send. Everything that does not change from request to request is rendered beforehand, so
/// that the generator costs little of the machine it measures.
struct load_plan {
  enum class kind : std::uint8_t { fixed, book, register_rooms } what = kind::fixed;
  std::string host = "127.0.0.1";
  std::vector<std::string> keys;     ///< bearer keys; connection i uses keys[i % size]
  std::vector<std::string> targets;  ///< of fixed: sent round robin
  std::vector<std::string> rooms;    ///< of book: room ids, taken in turn
  std::string tag = "run";           ///< prefix of Idempotency-Keys and room names
  std::int64_t first_slot_s = 0;     ///< of book: start of slot 0, seconds since the epoch
  int slot_minutes = 30;             ///< distance between the starts of two slots of one room
  int minutes = 30;                  ///< length of a booking
  int step_minutes = 15;             ///< of register_rooms: the rooms' step and minimum
  int horizon_days = 730;            ///< of register_rooms: how far ahead they can be booked
  std::uint64_t first = 0;           ///< number of the first request
};

/// Renders request after request. Concurrency: one thread.
class request_source {
 public:
  explicit request_source(load_plan plan);

  /// The next request for a connection; valid until the next call.
  std::string_view next(std::size_t connection);

 private:
  void render_booking(std::size_t connection);
  void render_room(std::size_t connection);
  void render_post(std::size_t connection, std::string_view target, std::string_view body);

  load_plan plan_;
  std::vector<std::string> fixed_;  ///< keys x targets, whole requests
  std::vector<std::string> heads_;  ///< per key: Host, Authorization and Content-Type lines
  std::uint64_t number_ = 0;
  std::string body_;
  std::string out_;
};

}  // namespace atrium::bench
