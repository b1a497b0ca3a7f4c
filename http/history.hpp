#pragma once

#include <string>
#include <vector>

#include "http/routes_common.hpp"

namespace atrium::http {

/// Everything that happened to one reservation, in order: its saga, what its room decided about it,
/// and the sagas that cancelled it or gave money back. Reads at most 50,000 events of the room's
/// stream.
std::vector<stored_event> read_history(const api_context& c, const reservation_doc& doc);

/// {"position","type","at","actor","data"}; payment tokens and fingerprints are left out.
std::string render_history_entry(const stored_event& e);

}  // namespace atrium::http
