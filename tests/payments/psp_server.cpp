#include "tests/payments/psp_server.hpp"

#include <sodium.h>

#include <stdexcept>

#include "outbound/client.hpp"
#include "tests/payments/provider_harness.hpp"

namespace atrium::test {

void psp_server::start() {
  if (::sodium_init() < 0) throw std::runtime_error("libsodium");
  auto data = psp::store::open(dir_.path(), 10'000);
  if (!data) throw std::runtime_error(data.error().detail);
  service_ = std::make_unique<psp::service>(
      psp::service::options{secret_key, std::chrono::milliseconds(2'000)}, std::move(*data),
      psp::webhook_sender::options{}, timers_);
  http::server_options o;
  o.port = port_;
  o.io_threads = 1;
  server_ = std::make_unique<http::server>(
      o, service_->routes(),
      [](std::string_view, const http::may_cost&) -> result<http::principal> {
        return http::principal{};
      });
  server_->start();
  port_ = server_->port();
}

void psp_server::stop() {
  if (server_) server_->stop();
  server_.reset();
  service_.reset();
}

std::string psp_server::ask(const std::string& method, const std::string& path,
                            const std::string& body) {
  outbound::client client({.name = "test", .public_only = false});
  outbound::http_request r;
  r.method = method;
  r.url = url() + path;
  r.headers = {{"Authorization", std::string("Bearer ") + secret_key}};
  if (!body.empty()) r.headers.emplace_back("Content-Type", "application/json");
  r.body = body;
  r.most_answer_bytes = 1u << 20;
  const auto a = wait_for<outbound::answer>([&](auto done) { client.send(r, done); });
  if (a.status != 200) throw std::runtime_error(method + " " + path + ": " + a.body + a.detail);
  return a.body;
}

void psp_server::plant(const std::string& plan) {
  ask("PUT", "/control/faults", plan);
}

void psp_server::authenticate(const std::string& intent, bool succeeded) {
  ask("POST", "/control/payment_intents/" + intent + "/authenticate",
      std::string("succeeded=") + (succeeded ? "true" : "false"));
}

std::string psp_server::get(const std::string& path) {
  return ask("GET", path, "");
}

stripe_provider::options psp_server::client_options() const {
  stripe_provider::options o;
  o.base_url = url();
  o.secret_key = secret_key;
  o.answer_within = std::chrono::milliseconds(250);
  return o;
}

}  // namespace atrium::test
