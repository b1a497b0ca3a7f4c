#pragma once

#include <cstddef>
#include <mutex>
#include <utility>
#include <variant>
#include <vector>

#include "actors/protocol/saga.hpp"
#include "actors/protocol/typed.hpp"
#include "sagas/runner.hpp"

namespace atrium {

using saga_message =
    std::variant<saga_submission, saga_resumption, saga_room_reply, saga_append_reply,
                 saga_payment_reply, saga_lookup_reply, saga_notice, saga_instructed>;

/// The way into one saga host. Its messages come in bursts (a commit of the journal answers dozens
/// of sagas at once), so they gather here and the host is woken once for all of them: one CAF
/// message a burst instead of one a message.
///
/// Concurrency: any thread but for take(), without blocking. Bound: what the admission lets in,
/// times the few answers that a saga may have under way.
class saga_inlet {
 public:
  /// Whom to wake; before the first send().
  void connect(saga_host_actor host);
  template <class Message>
  void send(Message&& message) {
    std::unique_lock lock{mutex_};
    if (closed_) return;
    waiting_.emplace_back(std::forward<Message>(message));
    if (std::exchange(asleep_, false)) wake(std::move(lock));
  }
  std::size_t size() const;

  /// For the host: everything that waits, in order; when that is nothing, the next send() wakes it.
  void take(std::vector<saga_message>& out);
  /// The host has ended: what waits and what still comes is dropped (completions have guards).
  void close();

 private:
  void wake(std::unique_lock<std::mutex> lock);

  mutable std::mutex mutex_;
  std::vector<saga_message> waiting_;
  bool asleep_ = true;
  bool closed_ = false;
  saga_host_actor host_;
};

}  // namespace atrium
