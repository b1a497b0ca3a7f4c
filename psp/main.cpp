#include <CLI/CLI.hpp>
#include <sodium.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <pthread.h>
#include <string>

#include "cluster-config/values.hpp"
#include "http/server.hpp"
#include "psp/service.hpp"

namespace atrium::psp {
namespace {

struct arguments {
  std::string listen = "127.0.0.1:12111";
  std::string data_dir = "psp-data";
  std::string webhook_url;
  std::size_t most_payments = 1'000'000;
  std::int64_t silence_ms = 60'000;
};

std::string environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

http::server_options transport_of(const endpoint& where) {
  http::server_options o;
  o.address = where.host == "localhost" ? "127.0.0.1" : where.host;
  o.port = where.port;
  o.io_threads = 1;
  // Calls that are never answered are the point of a simulator.
  o.handler_deadline = std::chrono::hours(1);
  return o;
}

int serve(const arguments& a, const sigset_t& stop_signals) {
  const auto where = parse_endpoint(a.listen);
  if (!where) {
    std::fprintf(stderr, "atrium-psp: --listen must be ADDR:PORT such as 127.0.0.1:12111\n");
    return 2;
  }
  auto data = store::open(a.data_dir, a.most_payments);
  if (!data) {
    std::fprintf(stderr, "atrium-psp: %s\n", data.error().detail.c_str());
    return 1;
  }
  if ((*data)->dropped_bytes() > 0)
    std::fprintf(stderr, "atrium-psp: dropped %llu bytes of a line that a crash cut short\n",
                 static_cast<unsigned long long>((*data)->dropped_bytes()));
  const auto payments = (*data)->payments();
  timer_thread timers;
  service api(
      {environment("PSP_SECRET_KEY", "sk_test_atrium"), std::chrono::milliseconds(a.silence_ms)},
      std::move(*data), {a.webhook_url, environment("PSP_WEBHOOK_SECRET", "whsec_atrium")}, timers);
  http::server server(transport_of(*where), api.routes(),
                      [](std::string_view, const http::may_cost&) -> result<http::principal> {
                        return http::principal{};
                      });
  server.start();
  std::printf("atrium-psp: ready at http://%s with %zu payments\n", server.address().c_str(),
              payments);
  std::fflush(stdout);
  int number = 0;
  while (::sigwait(&stop_signals, &number) != 0) {
  }
  ::pthread_sigmask(SIG_UNBLOCK, &stop_signals, nullptr);
  constexpr std::chrono::seconds drain_limit{5};
  server.drain(drain_limit);
  server.stop();
  return 0;
}

int run(int argc, char** argv) {
  CLI::App app{
      "A payment provider to test against: a subset of Stripe's API that moves no money and fails "
      "as "
      "it is told",
      "atrium-psp"};
  arguments a;
  app.add_option("--listen", a.listen, "where to serve HTTP, ADDR:PORT")->capture_default_str();
  app.add_option("--data-dir", a.data_dir, "where the ledger is kept; made when missing")
      ->capture_default_str();
  app.add_option("--webhook-url", a.webhook_url, "where events are sent; none without it");
  app.add_option("--max-payments", a.most_payments, "payments in the ledger; beyond it 503")
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str();
  app.add_option("--silence-ms", a.silence_ms, "how long a call that is never answered hangs")
      ->check(CLI::Range(1, 3'600'000))
      ->capture_default_str();
  app.footer(
      "Environment: PSP_SECRET_KEY (default sk_test_atrium), PSP_WEBHOOK_SECRET (default "
      "whsec_atrium).");
  CLI11_PARSE(app, argc, argv);
  // Before any thread starts: all of them inherit that the signals wait.
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  if (::sodium_init() < 0) {
    std::fprintf(stderr, "atrium-psp: libsodium finds no source of random numbers\n");
    return 1;
  }
  return serve(a, stop_signals);
}

}  // namespace
}  // namespace atrium::psp

int main(int argc, char** argv) {
  try {
    return atrium::psp::run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "atrium-psp: %s\n", e.what());
    return 1;
  }
}
