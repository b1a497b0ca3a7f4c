#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "notifications/delivery_engine.hpp"

namespace atrium {

/// What leaves this server, as the edge sees it.
///
/// Concurrency: every member from any thread; none waits for a disk or a network.
class delivery_desk {
 public:
  virtual ~delivery_desk() = default;

  virtual std::vector<delivery_engine::status> channels() const = 0;
  /// Newest first; at most `limit`.
  virtual result<page<delivery>> messages(const std::string& destination, std::size_t limit,
                                          const std::string& cursor) const = 0;
  virtual std::optional<delivery> message(const std::string& destination,
                                          std::uint64_t position) const = 0;
  /// The id under which receivers know the message of an event; "" when it cannot be read.
  virtual std::string message_id(std::uint64_t position) const = 0;
  /// Sends a message again soon. False when too many such wishes wait.
  virtual bool retry(const std::string& destination, std::uint64_t position) = 0;

  /// The signing secret in the form that Standard Webhooks libraries take: "whsec_...".
  virtual std::string webhook_secret(const webhook_id& id, int generation) const = 0;
  /// Whose optional mails the link with this token ends; nothing for a token that is not ours.
  virtual std::optional<account_id> unsubscribing(std::string_view token) const = 0;
  /// Why this server would never call the URL; nothing when it might. Names are judged when they
  /// are called: what they mean may change.
  virtual std::optional<std::string> refusal_of(const std::string& url) const = 0;
};

}  // namespace atrium
