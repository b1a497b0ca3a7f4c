#pragma once

#include <memory>
#include <string>

#include "http/server.hpp"
#include "payments/stripe_provider.hpp"
#include "payments/timer.hpp"
#include "psp/service.hpp"
#include "tests/payments/support.hpp"

namespace atrium::test {

/// The payment simulator inside the test, on a free port.
class psp_server {
 public:
  static constexpr const char* secret_key = "sk_test_contract";

  psp_server() { start(); }
  ~psp_server() { stop(); }

  void start();
  void stop();
  /// As PUT /control/faults.
  void plant(const std::string& plan);
  /// What the customer of a PaymentIntent does.
  void authenticate(const std::string& intent, bool succeeded);
  stripe_provider::options client_options() const;
  /// The body of a GET with the secret key.
  std::string get(const std::string& path);
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  std::string ask(const std::string& method, const std::string& path, const std::string& body);

  scratch_dir dir_;
  timer_thread timers_;
  std::uint16_t port_ = 0;
  std::unique_ptr<psp::service> service_;
  std::unique_ptr<http::server> server_;
};

}  // namespace atrium::test
