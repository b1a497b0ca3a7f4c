#pragma once

#include <string>
#include <vector>

#include "domain/ids.hpp"
#include "domain/time.hpp"

/// Events about the web hooks of an account, in stream account/<account id>. Part of
/// domain/events.hpp; include that.
namespace atrium::ev {

/// Where a program wants to hear of events.
struct webhook_facts {
  std::string url;
  std::vector<std::string> types;  ///< "reservation.confirmed"; empty: all
  std::string description;
  bool enabled = true;
  friend bool operator==(const webhook_facts&, const webhook_facts&) = default;
};
/// The signing secret is not journalled: it is made of the server's pepper, the id and the
/// generation, which begins at 1.
struct webhook_registered {
  webhook_id id;
  webhook_facts facts;
  friend bool operator==(const webhook_registered&, const webhook_registered&) = default;
};
struct webhook_changed {
  webhook_id id;
  webhook_facts facts;
  friend bool operator==(const webhook_changed&, const webhook_changed&) = default;
};
/// Until `previous_until` messages are signed with the former secret, too.
struct webhook_secret_rotated {
  webhook_id id;
  int generation = 1;
  instant previous_until{};
  friend bool operator==(const webhook_secret_rotated&, const webhook_secret_rotated&) = default;
};
/// Atrium stopped it: nobody took its messages for too long. Its owner may enable it again.
struct webhook_disabled {
  webhook_id id;
  std::string url;
  std::string reason;
  friend bool operator==(const webhook_disabled&, const webhook_disabled&) = default;
};
struct webhook_deleted {
  webhook_id id;
  friend bool operator==(const webhook_deleted&, const webhook_deleted&) = default;
};

}  // namespace atrium::ev
