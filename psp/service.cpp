#include "psp/service.hpp"

#include <sodium.h>

#include <chrono>
#include <functional>
#include <utility>

#include "http/target.hpp"
#include "psp/desk.hpp"
#include "psp/idempotency.hpp"

namespace atrium::psp {
namespace {

using http::request;
using http::responder_ptr;
using std::chrono::milliseconds;
using request_ptr = std::shared_ptr<const request>;

constexpr std::size_t longest_key = 255;

std::int64_t now_ms() {
  return std::chrono::duration_cast<milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

http::response answer(stored_answer a, bool is_replay = false) {
  http::response r;
  r.status = a.status;
  r.body = std::move(a.body);
  if (is_replay) r.headers.emplace_back("Idempotent-Replayed", "true");
  return r;
}

http::response cut_off() {
  http::response r;
  r.reset = true;
  return r;
}

stored_answer server_error() {
  return render(api_error{.status = 500,
                          .type = "api_error",
                          .message = "An unknown error occurred on our side (planted)."});
}

stored_answer rate_limited() {
  return render(api_error{.status = 429,
                          .code = "rate_limit",
                          .message = "Too many requests hit the API too quickly (planted)."});
}

/// The key of "Bearer <key>" or of "Basic base64(<key>:)".
std::string key_of(std::string_view authorization) {
  constexpr std::string_view bearer = "Bearer ", basic = "Basic ";
  if (authorization.starts_with(bearer)) return std::string(authorization.substr(bearer.size()));
  if (!authorization.starts_with(basic)) return {};
  authorization.remove_prefix(basic.size());
  std::string plain(authorization.size(), '\0');
  std::size_t length = 0;
  if (::sodium_base642bin(reinterpret_cast<unsigned char*>(plain.data()), plain.size(),
                          authorization.data(), authorization.size(), nullptr, &length, nullptr,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
    return {};
  plain.resize(length);
  return plain.substr(0, plain.find(':'));
}

bool same_secret(const std::string& given, const std::string& ours) {
  return given.size() == ours.size() &&
         ::sodium_memcmp(given.data(), ours.data(), ours.size()) == 0;
}

}  // namespace

struct service::impl : std::enable_shared_from_this<impl> {
  using decide = std::function<decision(const store&, const request&, const fields&)>;
  using read = std::function<stored_answer(const store&, const request&)>;

  impl(options o, std::unique_ptr<store> d, webhook_sender::options h, timer_port& t)
      : rules(std::move(o)), data(std::move(d)), timers(t), hooks(std::move(h), plan, t) {}

  std::optional<stored_answer> refuse(const request& r) const {
    if (!same_secret(key_of(r.header("authorization")), rules.secret_key))
      return render(api_error{.status = 401,
                              .message =
                                  "Invalid API Key provided. Send the simulator's secret key "
                                  "as Bearer or as the Basic user name."});
    const auto version = r.header("stripe-version");
    if (!version.empty() && version != api_version)
      return render(api_error{.message = "Invalid Stripe API version: " + std::string(version) +
                                         "; this simulator speaks " + std::string(api_version)});
    return std::nullopt;
  }

  /// Runs `work` after a pause, though its caller may have left by then.
  template <class Work>
  void after(milliseconds pause, Work work) {
    if (pause.count() <= 0) return work();
    std::weak_ptr<impl> weak = shared_from_this();
    timers.delay(pause, [weak, work = std::move(work)]() mutable {
      if (const auto self = weak.lock()) work();
    });
  }

  void keep_silent(const responder_ptr& to) {
    after(rules.silence, [to] { to->send(cut_off()); });
  }

  /// True when the fault has answered already, and the call is to have no effect.
  bool fails_before(const planted& p, const responder_ptr& to) {
    switch (p.what) {
      case fault::timeout_before_effect:
        keep_silent(to);
        return true;
      case fault::reset_before_effect:
        to->send(cut_off());
        return true;
      case fault::server_error:
        after(p.latency, [to] { to->send(answer(server_error())); });
        return true;
      case fault::rate_limited:
        to->send(answer(rate_limited()));
        return true;
      default:
        return false;
    }
  }

  void finish(fault what, http::response r, const responder_ptr& to) {
    if (what == fault::timeout_after_effect) return keep_silent(to);
    if (what == fault::reset_after_effect) return to->send(cut_off());
    if (what == fault::server_error_after_effect) return to->send(answer(server_error()));
    to->send(std::move(r));
  }

  void on_read(const request_ptr& r, const responder_ptr& to, const read& look) {
    if (auto why = refuse(*r)) return to->send(answer(std::move(*why)));
    const auto p = plan.draw("read");
    if (fails_before(p, to)) return;
    after(p.what == fault::late_effect ? plan.late() : p.latency,
          [self = shared_from_this(), p, r, to, look] {
            stored_answer found;
            {
              const std::lock_guard lock(self->mutex);
              found = look(*self->data, *r);
            }
            self->finish(p.what, answer(std::move(found)), to);
          });
  }

  void on_write(const char* operation, const request_ptr& r, const responder_ptr& to,
                const decide& rule) {
    if (auto why = refuse(*r)) return to->send(answer(std::move(*why)));
    const std::string key(r->header("idempotency-key"));
    if (key.size() > longest_key)
      return to->send(
          answer(render(api_error{.type = "idempotency_error",
                                  .message = "Idempotency keys have at most 255 characters."})));
    fields form;
    http::parse_query(r->body, form);
    const auto p = plan.draw(operation);
    if (fails_before(p, to)) return;
    const auto fingerprint = fingerprint_of(r->path, form);
    std::optional<keys_in_use::verdict> known;
    {
      const std::lock_guard lock(mutex);
      known = keys.claim(*data, key, fingerprint);
    }
    if (known)
      return after(p.latency, [self = shared_from_this(), p, to, known] {
        self->finish(p.what, answer(known->answer, known->is_replay), to);
      });
    after(p.what == fault::late_effect ? plan.late() : p.latency,
          [self = shared_from_this(), p, r, to, rule, key, fingerprint, form = std::move(form)] {
            self->finish(p.what, answer(self->perform(*r, rule, key, fingerprint, form)), to);
          });
  }

  stored_answer perform(const request& r, const decide& rule, const std::string& key,
                        std::uint64_t fingerprint, const fields& form) {
    decision d;
    {
      const std::lock_guard lock(mutex);
      d = rule(*data, r, form);
      // As at Stripe, what was wrong with the parameters is not kept: nothing was executed.
      const bool is_kept = d.answer.status == 200 || d.answer.status == 402;
      if (is_kept && !key.empty()) {
        d.changed.key = key;
        d.changed.fingerprint = fingerprint;
        d.changed.answer = d.answer;
      }
      const bool is_written =
          !is_kept || data->apply(hooks.is_on() ? d.changed : std::move(d.changed));
      keys.release(key);
      if (!is_written)
        return render(api_error{.status = 503,
                                .type = "api_error",
                                .message = "The simulator's ledger is full; start it with an empty "
                                           "--data-dir or a larger --max-payments."});
    }
    if (hooks.is_on()) tell(d, key);
    return std::move(d.answer);
  }

  void tell(const decision& d, const std::string& key) {
    if (!d.changed.intent) return;
    for (const auto& type : d.events) {
      unsigned char random[12];
      ::randombytes_buf(random, sizeof random);
      char id[2 * sizeof random + 1];
      ::sodium_bin2hex(id, sizeof id, random, sizeof random);
      const auto object =
          d.changed.refund ? render_charge(*d.changed.intent) : render(*d.changed.intent, false);
      hooks.send(render_event(std::string("evt_") + id, type, now_ms() / 1000, object, key));
    }
  }

  void control(const request_ptr& r, const responder_ptr& to,
               const std::function<stored_answer(const request&)>& act) {
    auto why = refuse(*r);
    to->send(answer(why ? std::move(*why) : act(*r)));
  }

  stored_answer set_plan(const request& r) {
    if (const auto done = plan.set(r.body); !done)
      return render(api_error{.message = "The plan was not changed: " + done.error().detail});
    return {200, plan.describe()};
  }

  /// The page's own two answers: the page itself, and where its buttons lead.
  void show_page(const request_ptr& r, const responder_ptr& to) {
    std::optional<std::string> page;
    {
      const std::lock_guard lock(mutex);
      page = action_page(*data, r->params[0], r->query_value("secret").value_or(""));
    }
    auto out = answer({page ? 200 : 404, page.value_or("There is no such payment.")});
    out.content_type = "text/html; charset=utf-8";
    to->send(std::move(out));
  }
  void leave_page(const request_ptr& r, const responder_ptr& to) {
    std::string back;
    {
      const std::lock_guard lock(mutex);
      const auto secret = r->query_value("secret").value_or("");
      if (!action_page(*data, r->params[0], secret)) return to->send(answer({404, "{}"}));
      back = data->find_intent(r->params[0])->return_url;
    }
    const auto done = authenticate(*r);
    auto out = answer({done.status == 200 ? 303 : done.status, done.body});
    const char* how = done.status == 200 ? "succeeded" : "failed";
    const char* sign = back.find('?') == std::string::npos ? "?" : "&";
    out.headers.emplace_back(
        "Location", back + sign + "payment_intent=" + r->params[0] + "&redirect_status=" + how);
    to->send(std::move(out));
  }

  stored_answer authenticate(const request& r) {
    fields form;
    http::parse_query(r.body, form);
    return perform(
        r,
        [](const store& s, const request& rq, const fields& f) {
          return authenticate_intent(s, rq.params[0], find(f, "succeeded") != "false");
        },
        "", 0, form);
  }

  const options rules;
  std::mutex mutex;  // data and keys
  const std::unique_ptr<store> data;
  keys_in_use keys;
  fault_plan plan;
  timer_port& timers;
  webhook_sender hooks;
};

service::service(options o, std::unique_ptr<store> data, webhook_sender::options hooks,
                 timer_port& timers)
    : impl_(std::make_shared<impl>(std::move(o), std::move(data), std::move(hooks), timers)) {}
service::~service() = default;

std::vector<http::route> service::routes() {
  using http::verb;
  std::vector<http::route> all;
  const auto self = impl_;
  const auto add = [&](verb v, const char* path, http::handler handle) {
    all.push_back({v, path, http::access::anonymous, "", std::move(handle), false});
  };
  const auto get = [&](const char* path, impl::read look) {
    add(verb::get, path, [self, look](const request_ptr& r, const responder_ptr& to) {
      self->on_read(r, to, look);
    });
  };
  const auto post = [&](const char* path, const char* operation, impl::decide rule) {
    add(verb::post, path, [self, operation, rule](const request_ptr& r, const responder_ptr& to) {
      self->on_write(operation, r, to, rule);
    });
  };
  const auto control = [&](verb v, const char* path,
                           std::function<stored_answer(const request&)> act) {
    add(v, path,
        [self, act](const request_ptr& r, const responder_ptr& to) { self->control(r, to, act); });
  };

  post("/v1/payment_intents", "authorize", [](const store& s, const request& r, const fields& f) {
    return create_intent(s, f, now_ms() / 1000, "http://" + std::string(r.header("host")));
  });
  post("/v1/payment_intents/{id}/capture", "capture",
       [](const store& s, const request& r, const fields& f) {
         return capture_intent(s, r.params[0], f);
       });
  post("/v1/payment_intents/{id}/cancel", "cancel",
       [](const store& s, const request& r, const fields& f) {
         return cancel_intent(s, r.params[0], f, now_ms() / 1000);
       });
  post("/v1/refunds", "refund", [](const store& s, const request&, const fields& f) {
    return create_refund(s, f, now_ms() / 1000);
  });
  get("/v1/payment_intents/search", [self](const store& s, const request& r) {
    return search_intents(s, r.query, (now_ms() - self->plan.search_lag().count()) / 1000);
  });
  get("/v1/payment_intents/{id}",
      [](const store& s, const request& r) { return get_intent(s, r.params[0], r.query); });
  get("/v1/payment_intents",
      [](const store& s, const request& r) { return list_intents(s, r.query); });
  get("/v1/refunds/{id}",
      [](const store& s, const request& r) { return get_refund(s, r.params[0]); });
  get("/v1/refunds", [](const store& s, const request& r) { return list_refunds(s, r.query); });

  control(verb::get, "/control/faults", [self](const request&) {
    return stored_answer{200, self->plan.describe()};
  });
  control(verb::put, "/control/faults", [self](const request& r) { return self->set_plan(r); });
  control(verb::delete_, "/control/faults", [self](const request&) {
    self->plan.clear();
    return stored_answer{200, self->plan.describe()};
  });
  control(verb::post, "/control/payment_intents/{id}/authenticate",
          [self](const request& r) { return self->authenticate(r); });
  add(verb::get, "/authenticate/{id}",
      [self](const request_ptr& r, const responder_ptr& to) { self->show_page(r, to); });
  add(verb::post, "/authenticate/{id}",
      [self](const request_ptr& r, const responder_ptr& to) { self->leave_page(r, to); });
  add(verb::get, "/healthz", [](const request_ptr&, const responder_ptr& to) {
    to->send(answer({200, R"({"status":"ok"})"}));
  });
  return all;
}

}  // namespace atrium::psp
