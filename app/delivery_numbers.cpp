#include "app/delivery_numbers.hpp"

namespace atrium {
namespace {

using kind = http::metric_sample::kind;

http::metric_sample sample(kind is, std::string name, std::string help, const std::string& channel,
                           std::uint64_t value) {
  return {is, std::move(name), std::move(help), {{"channel", channel}}, static_cast<double>(value)};
}

}  // namespace

std::vector<http::metric_sample> delivery_numbers(const delivery_desk& desk) {
  std::vector<http::metric_sample> all;
  for (const auto& c : desk.channels()) {
    std::uint64_t waiting = 0, failing = 0;
    for (const auto& d : c.destinations) {
      waiting += d.waiting;
      if (d.failing_since) ++failing;
    }
    all.push_back(sample(kind::counter, "atrium_deliveries_delivered_total",
                         "messages that were taken", c.channel, c.delivered));
    all.push_back(sample(kind::counter, "atrium_deliveries_failed_total",
                         "attempts that failed and will be repeated", c.channel, c.failed));
    all.push_back(sample(kind::counter, "atrium_deliveries_parked_total",
                         "messages that were given up", c.channel, c.parked));
    all.push_back(
        sample(kind::gauge, "atrium_deliveries_waiting", "messages that wait", c.channel, waiting));
    all.push_back(sample(kind::gauge, "atrium_deliveries_failing_destinations",
                         "destinations that fail at the moment", c.channel, failing));
  }
  return all;
}

}  // namespace atrium
