#include "app/payment_events.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <utility>

namespace atrium {
namespace {

using secrets = std::vector<std::string>;

result<secrets> read_secrets(const options& o) {
  std::string text = o.stripe_webhook_secret;
  const auto& file = o.stripe_webhook_secret_file;
  if (!file.empty()) {
    std::ifstream in(file);
    text.assign(std::istreambuf_iterator<char>(in), {});
    if (!in.good() && !in.eof())
      return failure{ec::validation,
                     "stripe-webhook-secret-file " + file.string() + ": cannot be read"};
  }
  auto all = parse_webhook_secrets(text);
  if (all && (!all->empty() || file.empty())) return all;
  const auto why = all ? std::string("holds no secret") : all.error().detail;
  const auto name = file.empty() ? std::string("stripe-webhook-secret")
                                 : "stripe-webhook-secret-file " + file.string();
  return failure{ec::validation, name + ": " + why};
}

}  // namespace

result<std::unique_ptr<payment_events>> payment_events::open(const options& o,
                                                             const clock_port& clock,
                                                             command_port& desk) {
  auto all = read_secrets(o);
  if (!all) return all.error();
  return std::unique_ptr<payment_events>(new payment_events(o, std::move(*all), clock, desk));
}

payment_events::payment_events(const options& o, secrets all, const clock_port& clock,
                               command_port& desk)
    : options_(o),
      events_({.secrets = std::move(all)}, clock,
              [&desk](const payment_id& payment, const std::string& reference) {
                desk.notice({payment, reference});
              }) {}

result<void> payment_events::take(std::string_view signature, std::string_view body) {
  auto taken = events_.take(signature, body);
  if (taken || taken.error().code != ec::malformed) return taken;
  constexpr std::int64_t between_warnings_ms = 10'000;
  const auto now =
      std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
          .count();
  auto next = next_warning_ms_.load();
  if (now >= next && next_warning_ms_.compare_exchange_strong(next, now + between_warnings_ms))
    spdlog::warn("an event said to be of the payment provider was refused: {}",
                 taken.error().detail);
  return taken;
}

void payment_events::reload() {
  auto all = read_secrets(options_);
  if (!all) return spdlog::error("{}; the secrets in use stay", all.error().detail);
  events_.use_secrets(std::move(*all));
}

std::vector<http::metric_sample> payment_events::numbers() const {
  const auto n = events_.stats();
  const auto sample = [](const char* outcome, std::uint64_t value) {
    return http::metric_sample{http::metric_sample::kind::counter,
                               "atrium_payment_events_total",
                               "Events of the payment provider, by what became of them.",
                               {{"outcome", outcome}},
                               static_cast<double>(value)};
  };
  return {sample("taken", n.taken), sample("ignored", n.ignored), sample("refused", n.refused)};
}

}  // namespace atrium
