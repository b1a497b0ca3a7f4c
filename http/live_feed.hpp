#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "http/message.hpp"
#include "persistence/journal.hpp"
#include "persistence/views.hpp"

namespace atrium::http {

/// Feeds all server-sent event streams from one thread of its own, so that neither the follower nor
/// an io thread reads the journal for them.
///
/// Operation: wakes after each commit of the read model, reads what is new in the journal once and
/// hands each public event to the streams that may see it. A board stream gets a fresh board when
/// something in its range changed, at most one per `board_pause`. A stream that resumes catches up
/// in small steps. Concurrency: members from any thread. start() and stop() from one. Limitations:
/// a client that does not keep up is cut by its bounded queue and resumes by id.
class live_feed {
 public:
  struct options {
    std::size_t most_streams = 1'000;            ///< event and board streams together
    std::chrono::milliseconds board_pause{250};  ///< between two boards of one stream
    std::chrono::milliseconds idle{1'000};       ///< longest sleep; closed streams are noticed then
    std::size_t catch_up_events = 64;            ///< journal events per step of one stream
  };

  live_feed(views& read, const journal& log, options o);
  ~live_feed();
  live_feed(const live_feed&) = delete;
  live_feed& operator=(const live_feed&) = delete;

  void start();
  /// Ends every stream and joins the thread. Idempotent.
  void stop();

  /// False when there are too many streams already: answer overloaded.
  bool has_room() const;
  /// Streams CloudEvents with a journal position greater than `after` to someone who sees them.
  void follow_events(std::shared_ptr<event_stream> to, principal who, std::uint64_t after);
  /// Streams the board: at once, then after each change in its range.
  void follow_board(std::shared_ptr<event_stream> to, principal who, board_query query);
  /// Ends the streams of an account whose credentials changed; clients come back with what they
  /// have.
  void end_streams_of(const account_id& account);
  std::size_t streams() const;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace atrium::http
