#include "app/payment_numbers.hpp"

#include <string>

namespace atrium {
namespace {

using kind = http::metric_sample::kind;
using samples = std::vector<http::metric_sample>;

std::uint64_t value(const call_probe::counter& c) {
  return c.load(std::memory_order_relaxed);
}

void add_outcomes(samples& to, const std::string& operation, const call_probe::numbers& n) {
  for (std::size_t i = 0; i < n.by_outcome.size(); ++i) {
    const auto calls = value(n.by_outcome[i]);
    if (calls == 0) continue;
    const std::string outcome(to_string(static_cast<call_probe::outcome>(i)));
    to.push_back({kind::counter,
                  "atrium_payment_calls_total",
                  "Calls of the payment provider, by operation and outcome.",
                  {{"operation", operation}, {"outcome", outcome}},
                  static_cast<double>(calls)});
  }
}

void add_times(samples& to, const std::string& operation, const call_probe::numbers& n) {
  http::metric_sample s{kind::histogram,
                        "atrium_payment_call_seconds",
                        "Time until the payment provider answered, by operation.",
                        {{"operation", operation}}};
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < call_probe::bounds_ms.size(); ++i) {
    sum += value(n.by_time[i]);
    s.buckets.emplace_back(call_probe::bounds_ms[i] / 1e3, sum);
  }
  s.count = sum + value(n.by_time.back());
  s.value = static_cast<double>(value(n.total_us)) / 1e6;
  if (s.count > 0) to.push_back(std::move(s));
}

}  // namespace

samples payment_numbers(const call_probe& calls) {
  samples all;
  for (std::size_t i = 0; i < call_probe::operations; ++i) {
    const auto op = static_cast<call_probe::operation>(i);
    add_outcomes(all, std::string(to_string(op)), calls.of(op));
  }
  for (std::size_t i = 0; i < call_probe::operations; ++i) {
    const auto op = static_cast<call_probe::operation>(i);
    add_times(all, std::string(to_string(op)), calls.of(op));
  }
  return all;
}

}  // namespace atrium
