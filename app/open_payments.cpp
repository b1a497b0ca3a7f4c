#include "app/open_payments.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "payments/sandbox_provider.hpp"
#include "payments/stripe_provider.hpp"

namespace atrium {
namespace {

using opened = result<std::unique_ptr<payment_provider>>;

opened open_sandbox(const options& o, const data_layout& where, const clock_port& clock,
                    timer_port& timers) {
  sandbox_provider::options s;
  s.dir = where.sandbox;
  s.lost_answer_after = o.sandbox_lost_answer;
  s.late_after = o.sandbox_late;
  auto provider = sandbox_provider::open(std::move(s), clock, timers);
  if (!provider) return provider.error();
  if ((*provider)->dropped_bytes() > 0)
    spdlog::warn("payment sandbox: dropped {} bytes of a line that a crash cut short",
                 (*provider)->dropped_bytes());
  return std::unique_ptr<payment_provider>(std::move(*provider));
}

result<std::string> read_key(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string key{std::istreambuf_iterator<char>(in), {}};
  const auto cannot = [&](const std::string& why) {
    return failure{ec::validation, "stripe-key-file " + file.string() + ": " + why};
  };
  if (!in.good() && !in.eof()) return cannot("cannot be read");
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r')) key.pop_back();
  const bool is_printable =
      std::all_of(key.begin(), key.end(), [](unsigned char c) { return c > ' ' && c < 127; });
  constexpr std::size_t least = 8, most = 200;
  if (key.size() < least || key.size() > most || !is_printable)
    return cannot("must hold one line with the secret key (sk_...) and nothing else");
  return key;
}

opened open_stripe(const options& o) {
  stripe_provider::options s;
  s.base_url = o.stripe_base_url;
  s.secret_key = o.stripe_key;
  if (!o.stripe_key_file.empty()) {
    auto key = read_key(o.stripe_key_file);
    if (!key) return key.error();
    s.secret_key = std::move(*key);
  }
  s.ca_file = o.stripe_ca_file.string();
  s.connect_within = o.stripe_connect_timeout;
  s.answer_within = o.stripe_timeout;
  s.return_url = o.stripe_return_url;
  s.max_in_flight = static_cast<std::size_t>(o.stripe_max_in_flight);
  s.warn = [](std::string_view text) { spdlog::warn("payment provider: {}", text); };
  try {
    return std::unique_ptr<payment_provider>(stripe_provider::make(std::move(s)));
  } catch (const std::invalid_argument& e) {
    return failure{ec::validation,
                   std::string("check stripe-base-url and stripe-ca-file: ") + e.what()};
  }
}

}  // namespace

result<std::unique_ptr<payment_provider>> open_payments(const options& o, const data_layout& where,
                                                        const clock_port& clock,
                                                        timer_port& timers) {
  if (o.payment_provider == "stripe") return open_stripe(o);
  return open_sandbox(o, where, clock, timers);
}

milliseconds patience_with_provider(const options& o) {
  constexpr milliseconds least{3'000}, margin{500};
  return o.payment_provider == "stripe" ? std::max(least, o.stripe_timeout + margin) : least;
}

std::unique_ptr<guarded_provider> guard_payments(const options& o,
                                                 std::unique_ptr<payment_provider> provider,
                                                 const clock_port& clock) {
  guarded_provider::options g;
  g.breaker.failed_percent = o.payment_breaker_percent;
  g.breaker.open_for = o.payment_breaker_pause;
  g.breaker.probe_patience = o.payment_breaker_pause * 10;
  g.retries.percent = o.payment_retry_percent;
  g.most_in_flight = static_cast<std::size_t>(o.max_in_flight);
  g.on_change = [](std::string_view state) {
    if (state == "closed")
      spdlog::info("payments: the circuit breaker is closed; bookings are taken");
    else
      spdlog::warn("payments: the circuit breaker is {}; bookings are refused, refunds wait",
                   state);
  };
  return std::make_unique<guarded_provider>(std::move(provider), clock, std::move(g));
}

}  // namespace atrium
