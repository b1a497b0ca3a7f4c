#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace atrium::http {

using counter = std::atomic<std::uint64_t>;

/// Upper bounds of the latency buckets in microseconds; one more bucket holds what is slower.
inline constexpr std::array<std::uint32_t, 14> latency_bounds_us = {
    100,    250,    500,     1'000,   2'500,   5'000,     10'000,
    25'000, 50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000};

/// Counters of one route. Buckets are not cumulative.
struct route_probe {
  std::array<counter, 6> by_class{};  ///< answers by status / 100; index 0 is not used
  std::array<counter, latency_bounds_us.size() + 1> latency{};
  counter total_us{0};
};

/// What the transport counts, for /metrics and introspection.
/// Concurrency: relaxed atomics, written by the io threads, read by anyone without a lock; a reader
/// may see a request in one counter and not yet in another.
struct probe {
  /// `names`: "GET /v1/rooms/{id}" by route index.
  explicit probe(std::vector<std::string> names);

  const std::vector<std::string> route_names;
  std::vector<route_probe> routes;  ///< by route index; the last is for requests without a route
  std::vector<counter> problems;    ///< by index in all_problem_texts()

  counter connections_accepted{0}, connections_refused{0}, connections_timed_out{0};
  counter connections_open{0}, requests_in_flight{0}, streams_open{0};
  counter tls_handshakes{0}, tls_handshakes_failed{0}, tls_handshakes_open{0};
  counter bytes_received{0}, bytes_sent{0}, body_bytes_held{0};

  void answered(std::size_t route, int status, std::chrono::nanoseconds took,
                std::string_view problem);
};

}  // namespace atrium::http
