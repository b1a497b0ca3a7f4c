#include "tests/http/server_fixture.hpp"

#include <stdexcept>

#include "http/tls.hpp"

namespace atrium::http::test {
namespace {

response text(std::string body) {
  response r;
  r.content_type = "text/plain";
  r.body = std::move(body);
  return r;
}

result<principal> who(std::string_view authorization, const may_cost&) {
  principal p;
  if (authorization.empty()) return p;
  if (!authorization.starts_with("Bearer ")) return failure{ec::unauthenticated, "Use Bearer."};
  const auto key = authorization.substr(7);
  p.account = account_id(std::string(key));
  if (key == "operator") p.as = ev::role::operator_;
  if (key == "admin") p.as = ev::role::admin;
  if (key == "scoped") p.scopes = {"rooms:read"};
  if (key == "customer") p.locale = "ko";
  if (key == "brief") p.valid_for = std::chrono::seconds(30);
  if (key != "brief" && key != "customer" && key != "operator" && key != "admin" && key != "scoped")
    return failure{ec::unauthenticated, "This key is not known."};
  return p;
}

std::vector<route> test_routes(parked& waiting) {
  using request_ptr = std::shared_ptr<const request>;
  const auto add = [](std::vector<route>& to, verb v, std::string pattern, access who_may,
                      handler h) -> route& {
    return to.emplace_back(route{v, std::move(pattern), who_may, "", std::move(h)});
  };
  const auto ok = [](const request_ptr& r, const responder_ptr& to) {
    to->send(text("hello " + r->caller.account.str()));
  };
  const auto park = [&waiting](const request_ptr& r, const responder_ptr& to) {
    waiting.put({r, to});
  };
  std::vector<route> routes;
  add(routes, verb::get, "/echo", access::anonymous,
      [](const request_ptr& r, const responder_ptr& to) {
        std::string out = r->path;
        for (const auto& [name, value] : r->query) out += "|" + name + "=" + value;
        to->send(text(out));
      });
  add(routes, verb::post, "/echo", access::anonymous,
      [](const request_ptr& r, const responder_ptr& to) { to->send(text(r->body)); });
  add(routes, verb::get, "/items/{id}", access::anonymous,
      [](const request_ptr& r, const responder_ptr& to) { to->send(text(r->params.at(0))); });
  add(routes, verb::get, "/parked", access::anonymous, park);
  add(routes, verb::post, "/parked", access::anonymous, park);
  add(routes, verb::get, "/throws", access::anonymous,
      [](const request_ptr&, const responder_ptr&) { throw std::logic_error("planted"); });
  add(routes, verb::get, "/drops", access::anonymous,
      [](const request_ptr&, const responder_ptr&) {});
  add(routes, verb::get, "/big", access::anonymous,
      [](const request_ptr& r, const responder_ptr& to) {
        to->send(text(std::string(std::stoul(r->query_value("bytes").value_or("0")), 'b')));
      });
  add(routes, verb::get, "/inject", access::anonymous,
      [](const request_ptr&, const responder_ptr& to) {
        auto r = text("x");
        r.headers.emplace_back("X-Note", "a\r\nSet-Cookie: b");
        to->send(std::move(r));
      });
  add(routes, verb::get, "/mine", access::signed_in, ok);
  add(routes, verb::get, "/operators", access::operators, ok);
  add(routes, verb::get, "/admins", access::admins, ok);
  add(routes, verb::post, "/bookings", access::signed_in, ok).books = true;
  add(routes, verb::post, "/scoped", access::signed_in, ok).scope = "rooms:write";
  add(routes, verb::get, "/probe", access::anonymous, ok).limited = false;
  return routes;
}

}  // namespace

ServerFixture::ServerFixture() {
  options_.port = 0;
  options_.io_threads = 1;
  options_.clock = [this] { return clock_.now(); };
}

ServerFixture::~ServerFixture() = default;

void ServerFixture::secure() {
  const auto made = make_certificate();
  options_.tls = std::make_shared<tls_credentials>(files_.put("cert.pem", made.chain),
                                                   files_.put("key.pem", made.key));
  if (!options_.tls->load(system_clock().now())) throw std::runtime_error("no TLS");
}

raw_client ServerFixture::connect() {
  return raw_client(server_->port(),
                    options_.tls ? std::optional<tls_offer>(tls_offer{}) : std::nullopt);
}

void ServerFixture::start() {
  if (raw_client::default_offer() && !options_.tls) secure();
  const auto counted = [this](std::string_view authorization, const may_cost& costly) {
    ++authenticated_;
    return who(authorization, costly);
  };
  server_ = std::make_unique<server>(options_, test_routes(parked_), counted);
  server_->start();
}

std::string ServerFixture::get(std::string_view target, std::string_view more_headers) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more_headers) +
         "\r\n";
}

std::string ServerFixture::post(std::string_view target, std::string_view body,
                                std::string_view more_headers) {
  return "POST " + std::string(target) +
         " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(more_headers) + "\r\n" + std::string(body);
}

reply ServerFixture::ask(std::string_view bytes) {
  auto c = connect();
  c.send(bytes);
  return c.receive();
}

void ServerFixture::settle() {
  // A tick comes after what was queued before it. Over TLS the end of a write is queued in steps,
  // each by the one before it, so that one tick alone may overtake it.
  constexpr int more_than_the_steps_of_a_write = 8;
  for (int i = 0; i < more_than_the_steps_of_a_write; ++i) server_->tick();
}

void ServerFixture::pass(std::chrono::milliseconds t) {
  settle();  // what the io threads are in the middle of still belongs to the time before
  clock_.advance(t);
  server_->tick();
}

bool ServerFixture::eventually(const std::function<bool()>& holds) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < give_up) {
    server_->tick();
    if (holds()) return true;
  }
  return false;
}

}  // namespace atrium::http::test
