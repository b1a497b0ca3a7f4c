#include "http/probe.hpp"

#include <algorithm>

#include "http/problem_texts.hpp"

namespace atrium::http {

probe::probe(std::vector<std::string> names)
    : route_names(std::move(names)),
      routes(route_names.size() + 1),
      problems(all_problem_texts().size()) {}

void probe::answered(std::size_t route, int status, std::chrono::nanoseconds took,
                     std::string_view problem) {
  constexpr auto relaxed = std::memory_order_relaxed;
  auto& r = routes[std::min(route, routes.size() - 1)];
  const auto us = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(took).count());
  const auto bucket = std::lower_bound(latency_bounds_us.begin(), latency_bounds_us.end(), us);
  r.latency[static_cast<std::size_t>(bucket - latency_bounds_us.begin())].fetch_add(1, relaxed);
  r.total_us.fetch_add(us, relaxed);
  r.by_class[static_cast<std::size_t>(std::clamp(status / 100, 0, 5))].fetch_add(1, relaxed);
  if (problem.empty()) return;
  const auto index =
      static_cast<std::size_t>(&problem_text_of(problem) - all_problem_texts().data());
  problems[index].fetch_add(1, relaxed);
}

}  // namespace atrium::http
