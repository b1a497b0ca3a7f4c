#include "psp/webhooks.hpp"

#include <sodium.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

namespace atrium::psp {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t most_waiting = 10'000;
constexpr int most_attempts = 8;
constexpr milliseconds first_pause{250}, longest_pause{10'000};

std::int64_t now_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

milliseconds pause_after(int attempt) {
  return std::min(first_pause * (1 << std::min(attempt, 6)), longest_pause);
}

}  // namespace

std::string signature(std::string_view secret, std::int64_t at_s, std::string_view body) {
  const auto time = std::to_string(at_s);
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  crypto_auth_hmacsha256_state state;
  ::crypto_auth_hmacsha256_init(&state, bytes(secret), secret.size());
  ::crypto_auth_hmacsha256_update(&state, bytes(time), time.size());
  ::crypto_auth_hmacsha256_update(&state, bytes("."), 1);
  ::crypto_auth_hmacsha256_update(&state, bytes(body), body.size());
  unsigned char mac[crypto_auth_hmacsha256_BYTES];
  ::crypto_auth_hmacsha256_final(&state, mac);
  char hex[2 * sizeof mac + 1];
  ::sodium_bin2hex(hex, sizeof hex, mac, sizeof mac);
  return "t=" + time + ",v1=" + hex;
}

struct webhook_sender::impl : std::enable_shared_from_this<impl> {
  impl(options o, fault_plan& p, timer_port& t)
      : where(std::move(o)),
        plan(p),
        timers(t),
        client(outbound::client::options{
            .name = "webhooks", .public_only = false, .most_at_once = 256, .most_per_host = 8}) {}

  void after(milliseconds pause, std::string body, int attempt) {
    std::weak_ptr<impl> weak = shared_from_this();
    timers.delay(pause, [weak, body = std::move(body), attempt]() mutable {
      if (const auto self = weak.lock()) self->attempt(std::move(body), attempt);
    });
  }

  void attempt(std::string body, int number) {
    outbound::http_request r;
    r.url = where.url;
    r.headers = {{"Content-Type", "application/json; charset=utf-8"},
                 {"Stripe-Signature", signature(where.secret, now_s(), body)}};
    r.body = body;
    r.answer_within = milliseconds(10'000);
    std::weak_ptr<impl> weak = shared_from_this();
    const bool is_taken = client.send(std::move(r), [weak, body, number](outbound::answer a) {
      const auto self = weak.lock();
      if (!self || a.how == outbound::answer::end::cancelled) return;
      const bool is_delivered =
          a.how == outbound::answer::end::answered && a.status >= 200 && a.status < 300;
      if (is_delivered || number + 1 >= most_attempts) {
        --self->waiting;
      } else {
        self->after(pause_after(number), body, number + 1);
      }
    });
    if (!is_taken) after(first_pause, std::move(body), number);
  }

  const options where;
  fault_plan& plan;
  timer_port& timers;
  std::atomic<std::size_t> waiting{0};
  outbound::client client;
};

webhook_sender::webhook_sender(options o, fault_plan& plan, timer_port& timers)
    : impl_(std::make_shared<impl>(std::move(o), plan, timers)) {}

webhook_sender::~webhook_sender() {
  impl_->client.stop();
}

bool webhook_sender::is_on() const {
  return !impl_->where.url.empty();
}

void webhook_sender::send(std::string body) {
  if (!is_on()) return;
  const auto fate = impl_->plan.draw_webhook();
  for (int i = 0; i < fate.copies; ++i) {
    if (impl_->waiting >= most_waiting) return;
    ++impl_->waiting;
    if (fate.delay.count() > 0)
      impl_->after(fate.delay, body, 0);
    else
      impl_->attempt(body, 0);
  }
}

std::size_t webhook_sender::waiting() const {
  return impl_->waiting;
}

}  // namespace atrium::psp
