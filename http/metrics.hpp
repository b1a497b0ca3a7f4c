#pragma once

#include <string>

#include "http/api_context.hpp"

namespace atrium::http {

/// The Prometheus text format of everything that is counted: the transport (requests by route and
/// class with latency histograms, connections, streams), the journal, the lag of its followers,
/// what is in flight, sagas by state, actors by kind, and what app/ adds. Concurrency: any thread;
/// nothing is locked longer than a copy takes.
std::string render_metrics(const api_context& c);

}  // namespace atrium::http
