#include "payments/stripe_provider.hpp"

#include <atomic>
#include <mutex>
#include <optional>
#include <utility>

#include "outbound/origin_client.hpp"
#include "payments/known_references.hpp"
#include "payments/stripe_wire.hpp"

namespace atrium {
namespace {

using kind = payment_answer::kind;
using stripe::reply;
using steady = std::chrono::steady_clock;

constexpr std::size_t calls_per_connection = 8;
constexpr std::size_t most_known = 65'536;
constexpr std::size_t most_answer_bytes = 1u << 20;
constexpr std::chrono::seconds between_warnings{10};

payment_answer answer_of(const reply& r) {
  payment_answer a;
  a.code = r.code;
  a.detail = r.detail;
  a.retry_after_ms = r.retry_after_ms;
  a.not_sent = r.not_sent;
  switch (r.is) {
    case reply::kind::ok:
      a.is = kind::ok;
      break;
    case reply::kind::declined:
    case reply::kind::refused:
      a.is = kind::rejected;
      break;
    case reply::kind::retryable:
      a.is = kind::retryable;
      break;
    case reply::kind::unknown:
      a.is = kind::unknown;
      break;
  }
  return a;
}

payment_answer rejected(std::string code, const reply& r) {
  return {kind::rejected, {}, std::move(code), r.detail, 0};
}

payment_answer unreadable() {
  return {kind::unknown, {}, "unreadable_answer", "the provider's answer cannot be read", 0};
}

payment_answer not_found_yet() {
  return {kind::retryable,
          {},
          "payment_not_found",
          "the provider does not find the payment (yet)",
          1'000};
}

/// A refusal because of the intent's state, in the words of the port.
payment_answer refused_by_state(const reply& r) {
  if (r.intent_status == "succeeded") return rejected("already_captured", r);
  if (r.intent_status == "canceled") return rejected("payment_canceled", r);
  if (r.intent_status == "requires_capture") return rejected("not_captured", r);
  if (r.intent_status == "requires_payment_method") return rejected("payment_declined", r);
  return answer_of(r);
}

class adapter final : public stripe_provider {
 public:
  explicit adapter(options o)
      : options_(std::move(o)),
        known_(most_known),
        client_({.name = "stripe",
                 .base_url = options_.base_url,
                 .headers = {{"Authorization", "Bearer " + options_.secret_key},
                             {"Stripe-Version", std::string(stripe::api_version)}},
                 .ca_file = options_.ca_file,
                 .connect_within = options_.connect_within,
                 .answer_within = options_.answer_within,
                 .most_connections = options_.max_in_flight,
                 .most_at_once = options_.max_in_flight * calls_per_connection,
                 .most_answer_bytes = most_answer_bytes}) {}
  ~adapter() override { client_.stop(); }

  std::string_view name() const override { return "stripe"; }

  void authorize(authorize_request request, answered done) override {
    auto payment = request.payment;
    post("/v1/payment_intents", stripe::authorize_form(request, options_.return_url),
         key_of(payment), [this, payment, done = std::move(done)](const reply& r) {
           if (r.is != reply::kind::ok) return done(answer_of(r));
           const auto made = stripe::read_intent(r.body);
           if (!made) return done(unreadable());
           known_.remember(payment, made->id);
           done(authorized(*made));
         });
  }

  void capture(payment_operation op, answered done) override {
    with_reference(std::move(op), std::move(done), [this](auto found, auto& call, auto answer) {
      post("/v1/payment_intents/" + found + "/capture", stripe::capture_form(call),
           call.idempotency_key, [found, answer](const reply& r) {
             if (r.is == reply::kind::refused && !r.intent_status.empty() &&
                 r.code == "payment_intent_unexpected_state")
               return answer(refused_by_state(r));
             auto a = answer_of(r);
             a.reference = found;
             answer(std::move(a));
           });
    });
  }

  void void_payment(payment_operation op, answered done) override {
    find_reference(op.payment, op.reference, [this, op, done](reply r, std::string found) {
      if (r.is != reply::kind::ok) return done(answer_of(r));
      if (!found.empty()) return cancel(found, op.idempotency_key, done);
      occupy(op, done);
    });
  }

  void refund(payment_operation op, answered done) override {
    with_reference(std::move(op), std::move(done), [this](auto found, auto& call, auto answer) {
      post("/v1/refunds", stripe::refund_form(found, call), call.idempotency_key,
           [found, answer](const reply& r) { answer(refunded(r, found)); });
    });
  }

  void lookup(payment_id payment, std::string reference, found done) override {
    const auto known = reference.empty() ? known_.find(payment) : std::move(reference);
    if (known.empty())
      return search(payment, [done = std::move(done)](const reply& r,
                                                      const std::vector<stripe::intent>& all) {
        if (r.is != reply::kind::ok) return done(not_seen(r));
        const auto* i = stripe::most_telling(all);
        done(i == nullptr ? payment_lookup{payment_lookup::kind::ok, {}} : stripe::record_of(*i));
      });
    get("/v1/payment_intents/" + known, {{"expand[0]", "latest_charge"}},
        [payment, done = std::move(done)](const reply& r) {
          const auto i = r.is == reply::kind::ok ? stripe::read_intent(r.body) : std::nullopt;
          const bool is_it = i && i->payment == payment.view();
          done(is_it ? stripe::record_of(*i) : not_seen(r));
        });
  }

  void read_page(instant from, const std::string& after,
                 std::function<void(provider_page)> done) override {
    get("/v1/payment_intents", stripe::list_query(from, after),
        [done = std::move(done)](const reply& r) {
          const auto all = r.is == reply::kind::ok ? stripe::read_intents(r.body) : std::nullopt;
          provider_page page;
          page.is_read = all.has_value();
          page.problem = r.detail.empty() ? r.code : r.detail;
          if (!all) return done(std::move(page));
          for (const auto& i : *all) page.entries.push_back(stripe::entry_of(i));
          if (!all->empty() && stripe::has_more(r.body)) page.next = all->back().id;
          done(std::move(page));
        });
  }

  numbers stats() const override {
    return {requests_, retryable_, unknown_, declined_, client_.under_way()};
  }
  void stop() override { client_.stop(); }

 private:
  using replied = std::function<void(const reply&)>;

  static payment_lookup not_seen(const reply& r) {
    return {.is = payment_lookup::kind::retryable, .not_sent = r.not_sent};
  }
  static std::string key_of(const payment_id& payment) { return payment.str() + "/authorize"; }

  static payment_answer authorized(const stripe::intent& made) {
    if (made.status == "requires_capture" || made.status == "succeeded")
      return {kind::ok, made.id, {}, {}, 0};
    if (made.status == "requires_action")
      return {.is = kind::requires_action, .reference = made.id, .action = made.action};
    if (made.status == "canceled") return {kind::rejected, made.id, "payment_canceled", {}, 0};
    return {kind::unknown, made.id, made.status, "the provider has not decided yet", 0};
  }

  static payment_answer refunded(const reply& r, const std::string& reference) {
    if (r.is == reply::kind::refused) {
      if (r.code == "charge_already_refunded") return rejected("amount_too_large", r);
      if (r.code == "payment_intent_unexpected_state") return refused_by_state(r);
    }
    if (r.is != reply::kind::ok) return answer_of(r);
    const auto status = stripe::read_refund_status(r.body);
    if (status.empty()) return unreadable();
    if (status == "failed" || status == "canceled")
      return {kind::rejected, reference, "refund_" + status, "the provider could not refund", 0};
    return {kind::ok, reference, {}, {}, 0};
  }

  // ---- voiding ---------------------------------------------------------------------------------

  void cancel(const std::string& reference, const std::string& key, const answered& done) {
    post("/v1/payment_intents/" + reference + "/cancel", {}, key,
         [reference, done](const reply& r) {
           if (r.is == reply::kind::refused && r.intent_status == "canceled")
             return done({kind::ok, reference, {}, {}, 0});
           if (r.is == reply::kind::refused && !r.intent_status.empty())
             return done(refused_by_state(r));
           auto a = answer_of(r);
           a.reference = reference;
           done(std::move(a));
         });
  }

  /// Nobody has seen the payment: takes the Idempotency-Key of its authorisation, so that one that
  /// is still on its way is refused.
  void occupy(const payment_operation& op, const answered& done) {
    post("/v1/payment_intents", stripe::tombstone_form(op), key_of(op.payment),
         [this, op, done](const reply& r) {
           // It came after all, and is found as soon as the search has caught up.
           if (r.code == "idempotency_error") return done(not_found_yet());
           if (r.is != reply::kind::ok) return done(answer_of(r));
           const auto made = stripe::read_intent(r.body);
           if (!made) return done(unreadable());
           known_.remember(op.payment, made->id);
           cancel(made->id, op.idempotency_key, done);
         });
  }

  // ---- finding ---------------------------------------------------------------------------------

  /// Calls `act(reference, op, done)` once the reference is known; answers itself when it is not.
  template <class Act>
  void with_reference(payment_operation op, answered done, Act act) {
    auto payment = op.payment;
    auto told = op.reference;
    find_reference(payment, told,
                   [op = std::move(op), done = std::move(done), act](reply r, std::string found) {
                     if (r.is != reply::kind::ok) return done(answer_of(r));
                     if (found.empty()) return done(not_found_yet());
                     act(std::move(found), op, done);
                   });
  }

  /// `use(reply, reference)`: ok with "" means that the provider knows of no such payment.
  template <class Use>
  void find_reference(const payment_id& payment, const std::string& told, Use use) {
    auto known = told.empty() ? known_.find(payment) : told;
    if (!known.empty()) return use(reply{.is = reply::kind::ok}, std::move(known));
    search(payment, [this, payment, use](const reply& r, const std::vector<stripe::intent>& all) {
      const auto* i = stripe::most_telling(all);
      if (i != nullptr) known_.remember(payment, i->id);
      // A search changes nothing: whatever went wrong, asking again is safe.
      auto seen = r;
      if (seen.is == reply::kind::unknown) seen.is = reply::kind::retryable;
      use(std::move(seen), i == nullptr ? std::string{} : i->id);
    });
  }

  template <class Use>
  void search(const payment_id& payment, Use use) {
    get("/v1/payment_intents/search", stripe::search_query(payment),
        [payment, use = std::move(use)](const reply& r) {
          auto read = r.is == reply::kind::ok ? stripe::read_intents(r.body) : std::nullopt;
          auto seen = r;
          if (r.is == reply::kind::ok && !read) seen.is = reply::kind::retryable;
          auto all = read ? std::move(*read) : std::vector<stripe::intent>{};
          std::erase_if(all, [&](const stripe::intent& i) { return i.payment != payment.view(); });
          use(seen, all);
        });
  }

  // ---- sending ---------------------------------------------------------------------------------

  void get(const std::string& path, const stripe::fields& query, replied done) {
    send("GET", path + "?" + stripe::form_encoded(query), {}, {}, std::move(done));
  }
  void post(const std::string& path, const stripe::fields& form, const std::string& key,
            replied done) {
    send("POST", path, stripe::form_encoded(form), key, std::move(done));
  }

  void send(const char* method, std::string path, std::string body, const std::string& key,
            replied done) {
    outbound::origin_call r;
    r.method = method;
    r.path = std::move(path);
    r.body = std::move(body);
    if (r.method == "POST")
      r.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    if (!key.empty()) r.headers.emplace_back("Idempotency-Key", key);
    r.may_repeat = r.method == "GET" || !key.empty();
    ++requests_;
    const bool is_taken = client_.send(std::move(r), [this, done](outbound::answer a) {
      const auto said = stripe::read_reply(std::move(a));
      count(said);
      done(said);
    });
    if (is_taken) return;
    const reply full{.is = reply::kind::retryable,
                     .code = "provider_busy",
                     .detail = "too many calls of the payment provider are under way",
                     .retry_after_ms = 1'000,
                     .not_sent = true};
    count(full);
    done(full);
  }

  void count(const reply& r) {
    retryable_ += r.is == reply::kind::retryable ? 1 : 0;
    unknown_ += r.is == reply::kind::unknown ? 1 : 0;
    declined_ += r.is == reply::kind::declined ? 1 : 0;
    if (!options_.warn) return;
    const bool is_trouble = r.is == reply::kind::retryable || r.is == reply::kind::unknown;
    if (!is_trouble) return;
    {
      const std::lock_guard lock(mutex_);
      const auto now = steady::now();
      if (last_warning_ && now - *last_warning_ < between_warnings) return;
      last_warning_ = now;
    }
    options_.warn(r.is_misconfigured
                      ? r.detail + ": no booking can be paid; check --stripe-key-file"
                      : r.detail + " [" + r.code + "]");
  }

  const options options_;
  known_references known_;
  std::atomic<std::uint64_t> requests_{0}, retryable_{0}, unknown_{0}, declined_{0};
  std::mutex mutex_;
  std::optional<steady::time_point> last_warning_;
  outbound::origin_client client_;  // last: its thread uses everything above
};

}  // namespace

std::unique_ptr<stripe_provider> stripe_provider::make(options o) {
  return std::make_unique<adapter>(std::move(o));
}

}  // namespace atrium
