#include "app/dependencies.hpp"

#include <spdlog/spdlog.h>

#include <string>

namespace atrium {
namespace {

using kind = http::metric_sample::kind;
constexpr std::string_view payments_name = "payments";

http::dependency_info as_info(std::string name, const circuit_breaker::status& s,
                              std::uint64_t in_flight) {
  return {.name = std::move(name),
          .state = std::string(to_string(s.is)),
          .since = s.since,
          .calls = s.calls,
          .failed = s.failed,
          .slow = s.slow,
          .in_flight = in_flight,
          .refused = s.refused,
          .opened = s.opened,
          .retry_after = s.retry_after};
}

}  // namespace

std::vector<http::dependency_info> dependencies_of(const guarded_provider* payments,
                                                   const outgoing* messages) {
  std::vector<http::dependency_info> all;
  if (payments != nullptr) {
    auto d = as_info(std::string(payments_name), payments->describe(), payments->in_flight());
    d.retries_left = payments->retries_left();
    d.retries_postponed = payments->retries_postponed();
    all.push_back(std::move(d));
  }
  if (messages != nullptr)
    for (const auto& b : messages->breakers())
      all.push_back(as_info(b.name, b.breaker, b.under_way));
  return all;
}

bool switch_dependency(guarded_provider* payments, outgoing* messages, std::string_view name,
                       bool trip, const account_id& by) {
  if (name == payments_name && payments != nullptr)
    trip ? payments->trip() : payments->reset();
  else if (messages == nullptr || !messages->switch_breaker(std::string(name), trip))
    return false;
  spdlog::warn("{}: {} {} the circuit breaker", name, by.view(), trip ? "trips" : "resets");
  return true;
}

std::vector<http::metric_sample> dependency_numbers(const std::vector<http::dependency_info>& all) {
  std::vector<http::metric_sample> out;
  for (const auto& d : all) {
    // There may be many web hooks: those in order are left to introspection.
    if (d.name.starts_with("webhook/") && d.state == "closed") continue;
    const auto add = [&](kind is, std::string name, std::string help, double value) {
      out.push_back({is, std::move(name), std::move(help), {{"dependency", d.name}}, value});
    };
    add(kind::gauge, "atrium_dependency_calls_allowed",
        "1 while the circuit breaker lets calls through.", d.state == "closed" ? 1 : 0);
    add(kind::gauge, "atrium_dependency_calls_in_flight", "Calls that wait for an answer.",
        static_cast<double>(d.in_flight));
    add(kind::counter, "atrium_dependency_calls_refused_total", "Calls the breaker kept back.",
        static_cast<double>(d.refused));
    add(kind::counter, "atrium_dependency_breaker_opened_total", "Times the breaker opened.",
        static_cast<double>(d.opened));
    if (!d.retries_left) continue;
    add(kind::gauge, "atrium_dependency_retries_left", "Retries that the budget would allow now.",
        static_cast<double>(*d.retries_left));
    add(kind::counter, "atrium_dependency_retries_postponed_total",
        "Retries that had to wait for their budget.", static_cast<double>(d.retries_postponed));
  }
  return out;
}

std::vector<http::metric_sample> drill_numbers(const http::drills& d) {
  std::vector<http::metric_sample> out;
  for (const auto& s : d.describe())
    out.push_back({kind::gauge,
                   "atrium_drill_stopped",
                   "1 while a subsystem is stopped for a drill.",
                   {{"subsystem", std::string(http::to_string(s.what))}},
                   s.stopped ? 1.0 : 0.0});
  return out;
}

}  // namespace atrium
