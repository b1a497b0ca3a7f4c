#include "app/demo.hpp"

#include <algorithm>
#include <optional>

#include "app/demo_file.hpp"
#include "app/demo_office.hpp"
#include "http/credentials.hpp"
#include "http/idempotency.hpp"

namespace atrium::demo {
namespace {

const std::string fingerprint = "demonstration office";

class filler {
 public:
  filler(command_port& port, const key_hasher& hash, const clock_port& clock)
      : port_(port), hash_(hash), clock_(clock) {}

  filled run(const notebook& n) {
    const auto staff = people();
    const auto office = rooms();
    auto plan = bookings(n.planned_at);
    open_accounts(staff, n);
    register_rooms(office);
    book(plan);
    arrive(plan);
    review(plan);
    cancel(plan);
    decline(staff.front().id, office.front().id, n.planned_at);
    done_.rooms = office.size();
    return std::move(done_);
  }

 private:
  using tasks = std::vector<std::pair<account_id, entity_task>>;

  /// Carries out tasks that do not depend on each other; what is already so is no failure.
  std::size_t execute(const char* what, const tasks& all) {
    const auto answers = ask_all<entity_answer>(all.size(), [&](std::size_t i, auto done) {
      port_.execute(all[i].second, engine_context(clock_, all[i].first), std::move(done));
    });
    std::size_t succeeded = 0;
    for (const auto& a : answers) {
      if (a) done_.position = std::max(done_.position, a->position);
      if (a || a.error().code == ec::already_exists)
        ++succeeded;
      else
        done_.refused.push_back(std::string(what) + ": " + a.error().detail);
    }
    return succeeded;
  }

  void open_accounts(const std::vector<person>& staff, const notebook& n) {
    tasks accounts;
    tasks keys;
    for (const auto& p : staff) {
      accounts.emplace_back(p.id, account_task{p.id, cmd::create_account{p.facts}});
      const auto key = n.keys.find(p.id.str());
      if (key == n.keys.end()) continue;
      cmd::create_key create;
      create.id = api_key_id("key_demo_" + p.id.str());
      create.name = "demonstration";
      create.scopes = {"*"};
      create.secret_hash = hash_(key->second);
      keys.emplace_back(p.id, account_task{p.id, create});
      done_.keys.emplace_back(p.facts.name, key->second);
    }
    execute("account", accounts);
    execute("key", keys);
  }

  void register_rooms(const std::vector<office_room>& office) {
    tasks all;
    for (const auto& r : office)
      all.emplace_back(http::credentials::admin_account(),
                       room_task{r.id, cmd::register_room{r.facts}});
    execute("room", all);
  }

  struct request {
    saga_id id;
    account_id customer;
    ev::saga_input input;
  };
  std::vector<bool> submit(const char* what, const std::vector<request>& all) {
    const auto answers = ask_all<saga_answer>(all.size(), [&](std::size_t i, auto done) {
      port_.submit({all[i].id, fingerprint, all[i].input}, engine_context(clock_, all[i].customer),
                   std::move(done));
    });
    std::vector<bool> succeeded;
    for (const auto& a : answers) {
      if (a) done_.position = std::max(done_.position, a->position);
      std::optional<failure> refusal;
      if (!a)
        refusal = a.error();
      else if (const auto* stored = std::get_if<failure>(&a->result))
        refusal = *stored;
      if (refusal && what != nullptr)
        done_.refused.push_back(std::string(what) + ": " + refusal->detail);
      succeeded.push_back(!refusal);
    }
    return succeeded;
  }

  void book(std::vector<booking>& plan) {
    std::vector<request> all;
    for (const auto& b : plan) all.push_back({b.id, b.customer, b.what});
    const auto succeeded = submit("booking", all);
    std::size_t i = 0;
    std::erase_if(plan, [&](const booking&) { return !succeeded[i++]; });
    done_.bookings = plan.size();
  }

  void arrive(std::vector<booking>& plan) {
    tasks all;
    for (const auto& b : plan)
      if (b.arrives)
        all.emplace_back(b.customer, room_task{b.what.room, cmd::check_in{reservation_of(b),
                                                                          b.customer, false}});
    execute("check-in", all);
  }

  void review(const std::vector<booking>& plan) {
    tasks all;
    for (const auto& b : plan) {
      if (b.rating == 0) continue;
      cmd::post_review post;
      post.id = review_id("rv_" + b.id.str());
      post.reservation = reservation_of(b);
      post.room = b.what.room;
      post.author = b.customer;
      post.rating = b.rating;
      post.text = b.review;
      all.emplace_back(b.customer, review_task{post.reservation, post});
    }
    done_.reviews = execute("review", all);
  }

  void cancel(const std::vector<booking>& plan) {
    std::vector<request> all;
    for (const auto& b : plan) {
      if (!b.is_cancelled) continue;
      ev::cancel_request c;
      c.reservation = reservation_of(b);
      c.room = b.what.room;
      c.reason = "We meet online.";
      all.push_back({http::saga_id_of(b.customer, "demo-cancel-" + b.id.str()), b.customer, c});
    }
    submit("cancellation", all);
  }

  /// One declined card, so that the inbox shows what that looks like.
  void decline(const account_id& customer, const room_id& room, instant planned_at) {
    auto slot = first_try(planned_at).when;
    ev::booking_request what;
    what.room = room;
    what.when = slot;
    what.title = "Evening class";
    what.payment = {"card", "pm_card_chargeDeclinedInsufficientFunds"};
    submit(nullptr, {{http::saga_id_of(customer, "demo-declined"), customer, what}});
  }

  static reservation_id reservation_of(const booking& b) { return reservation_id(b.id.str()); }

  command_port& port_;
  const key_hasher& hash_;
  const clock_port& clock_;
  filled done_;
};

}  // namespace

result<filled> fill(command_port& port, const key_hasher& hash, const data_layout& where,
                    const clock_port& clock) {
  auto n = load_notebook(where.demo);
  if (!n) return n.error();
  if (n->is_filled) {
    filled before;
    for (const auto& p : people())
      if (n->keys.contains(p.id.str())) before.keys.emplace_back(p.facts.name, n->keys[p.id.str()]);
    return before;
  }
  if (n->planned_at == instant{}) {
    n->planned_at = clock.now();
    for (const auto& p : people())
      if (p.gets_key) n->keys[p.id.str()] = http::make_api_key().secret;
    if (auto saved = save_notebook(where.demo, *n); !saved) return saved.error();
  }
  auto done = filler(port, hash, clock).run(*n);
  n->is_filled = true;
  if (auto saved = save_notebook(where.demo, *n); !saved) return saved.error();
  return done;
}

}  // namespace atrium::demo
