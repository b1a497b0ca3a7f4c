#include "tests/sagas/simulation.hpp"

#include <gtest/gtest.h>

#include <set>

namespace atrium::testing {

using state = payment_record::state;

simulation::simulation()
    : provider_([this](bool late, std::function<void()> f) {
        (late ? late_ : queue_).push_back(std::move(f));
      }) {
  boot();
}

void simulation::boot() {
  index_.catch_up();
  runner_ = std::make_unique<saga_runner>(*this, log_, index_, saga_runner::options{});
  for (const auto& id : index_.open_sagas(1000))
    runner_->resume({id, index_.read_stream("saga/" + id.str(), 1)});
}

void simulation::register_room(std::int64_t price_per_hour) {
  room_facts facts;
  facts.name = "Blue";
  facts.capacity = 8;
  facts.time_zone = "Asia/Seoul";
  facts.price_per_hour = {price_per_hour, "KRW"};
  bool done = false;
  core(room()).handle({room(), cmd::register_room{facts}, {}, "test", {}, {}, [&](const auto& r) {
                         done = r.has_value();
                       }});
  settle();
  ASSERT_TRUE(done);
}

ev::booking_request simulation::booking(int hour) const {
  const auto day = *parse_instant("2026-11-23T00:00:00Z");
  return {room_id{room()},
          {day + std::chrono::hours{hour}, day + std::chrono::hours{hour + 1}},
          2,
          "Sync",
          {"card", "pm"},
          {}};
}

std::shared_ptr<simulation::call> simulation::submit(const std::string& key, ev::saga_input input,
                                                     const std::string& who) {
  auto c = std::make_shared<call>();
  runner_->submit({{saga_id{who + "-" + key}, "fp-" + key, std::move(input)},
                   {account_id{who}, "trace", clock_.now() + std::chrono::seconds{10}},
                   [c](result<saga_answer> a) { c->answer = std::move(a); }});
  return c;
}

bool simulation::step_now() {
  if (!queue_.empty()) {
    auto f = std::move(queue_.front());
    queue_.pop_front();
    f();
    return true;
  }
  if (log_.step()) {
    index_.catch_up();
    return true;
  }
  return false;
}

void simulation::run_now() {
  while (step_now()) {
  }
}

bool simulation::step() {
  if (step_now()) return true;
  if (const auto wake = runner_->next_wake()) {
    if (*wake > clock_.now()) clock_.set(*wake);
    runner_->tick();
    return true;
  }
  if (!late_.empty()) {
    queue_.swap(late_);
    return true;
  }
  return false;
}

std::size_t simulation::settle() {
  std::size_t n = 0;
  while (step()) {
    if (++n > 100'000) {
      ADD_FAILURE() << "the simulation does not come to rest";
      break;
    }
  }
  return n;
}

void simulation::crash(bool keep_queued_writes) {
  if (keep_queued_writes) log_.flush();
  log_.crash();
  queue_.clear();
  late_.clear();
  rooms_.clear();
  runner_.reset();
  boot();
}

entity_core<room_traits>& simulation::core(const std::string& id) {
  auto& c = rooms_[id];
  if (!c) {
    c = std::make_unique<entity_core<room_traits>>(id, log_, clock_);
    c->restore(std::nullopt, index_.read_stream(room_traits::stream(id), 1));
  }
  return *c;
}

const room_book& simulation::book() {
  return core(room()).state();
}

void simulation::to_room(const saga_id& id, std::uint64_t turn, room_request&& request) {
  request.done = [this, id, turn](result<entity_reply> r) {
    queue_.push_back([this, id, turn, r] { runner_->on(saga_room_reply{id, turn, r}); });
  };
  queue_.push_back([this, rq = std::move(request)]() mutable {
    auto& c = core(rq.id);
    c.handle(std::move(rq));
  });
}

void simulation::append(const saga_id& id, std::uint64_t turn, const room_id& room,
                        journal::batch records) {
  log_.append(
      shard_of(room_traits::stream(room.view()), log_.shards()), std::move(records),
      [this, id, turn](const append_result& r) {
        queue_.push_back([this, id, turn, r] { runner_->on(saga_append_reply{id, turn, r}); });
      });
}

void simulation::pay(const saga_id& id, std::uint64_t turn, payment_call call) {
  queue_.push_back([this, id, turn, call = std::move(call)] {
    auto done = [this, id, turn](payment_answer a) {
      runner_->on(saga_payment_reply{id, turn, std::move(a)});
    };
    switch (call.is) {
      case payment_call::kind::authorize:
        return provider_.authorize(call.authorize, done);
      case payment_call::kind::capture:
        return provider_.capture(call.operation, done);
      case payment_call::kind::void_payment:
        return provider_.void_payment(call.operation, done);
      case payment_call::kind::refund:
        return provider_.refund(call.operation, done);
    }
  });
}

void simulation::look_up(const saga_id& id, std::uint64_t turn, const payment_id& payment,
                         const std::string& reference) {
  queue_.push_back([this, id, turn, payment, reference] {
    last_reference = reference;
    provider_.lookup(payment, reference, [this, id, turn](payment_lookup l) {
      runner_->on(saga_lookup_reply{id, turn, std::move(l)});
    });
  });
}

void simulation::reload(const saga_id& id, const room_id&) {
  queue_.push_back([this, id] {
    log_.flush();
    index_.catch_up();
    runner_->resume({id, index_.read_stream("saga/" + id.str(), 1)});
  });
}

std::size_t simulation::events_of(std::string_view type) const {
  std::size_t n = 0;
  for (const auto& e : log_.events()) n += e.type == type;
  return n;
}

// ---- the checker
// ---------------------------------------------------------------------------------

std::vector<std::string> simulation::broken_invariants() {
  std::vector<std::string> broken;
  check_money(broken);
  check_sagas(broken);
  check_calendar(broken);
  return broken;
}

/// For every payment: what the provider kept is what the journal says, and what the booking owes.
void simulation::check_money(std::vector<std::string>& broken) {
  std::map<std::string, std::int64_t> owed, journalled;
  std::map<std::string, std::string> payment_of_booking;
  std::set<std::string> touched;
  for (const auto& e : log_.events()) {
    if (const auto* h = std::get_if<ev::reservation_held>(&e.what))
      payment_of_booking[h->id.str()] = h->payment.str();
    if (const auto* c = std::get_if<ev::reservation_confirmed>(&e.what)) {
      const auto& p = payment_of_booking[c->id.str()];
      owed[p] = provider_.ledger[p].amount.amount;
      if (journalled[p] == 0)
        broken.push_back("confirmed without captured payment in the journal: " + p);
    }
    if (const auto* c = std::get_if<ev::reservation_cancelled>(&e.what))
      owed[payment_of_booking[c->id.str()]] -= c->refund.amount;
    if (const auto* c = std::get_if<ev::payment_captured>(&e.what))
      journalled[c->id.str()] += c->amount.amount;
    if (const auto* r = std::get_if<ev::payment_refunded>(&e.what))
      journalled[r->id.str()] -= r->amount.amount;
  }
  // What a parked saga could not settle is an operator's now: it is told in its reason, not broken.
  std::set<std::string> left_to_an_operator;
  for (const auto& e : log_.events())
    if (const auto* c = std::get_if<ev::saga_parked>(&e.what))
      for (const auto& [booking, payment] : payment_of_booking)
        if (c->id.str() == booking || c->step == "refund-payment")
          left_to_an_operator.insert(payment);
  for (const auto& [id, p] : provider_.ledger) {
    if (left_to_an_operator.contains(id)) continue;
    const auto kept = p.is == state::captured ? p.amount.amount - p.refunded.amount : 0;
    if (kept != owed[id])
      broken.push_back("provider keeps " + std::to_string(kept) + " of " + id + ", owed is " +
                       std::to_string(owed[id]));
    if (p.is == state::authorized) broken.push_back("an authorisation is left open: " + id);
  }
}

/// Every saga has ended or is parked; streams have no gaps; a run completes once.
void simulation::check_sagas(std::vector<std::string>& broken) {
  for (const auto& s : runner_->describe(1000))
    if (s.state != "parked")
      broken.push_back("saga has not ended: " + s.id.str() + " waits for " + s.waiting_for);
  std::map<std::string, std::uint64_t> seqs;
  std::map<std::string, int> open;
  for (const auto& e : log_.events()) {
    if (e.seq != ++seqs[e.stream])
      broken.push_back("gap in " + e.stream + " at " + std::to_string(e.seq));
    if (std::holds_alternative<ev::saga_started>(e.what) && ++open[e.stream] != 1)
      broken.push_back("started twice: " + e.stream);
    if (std::holds_alternative<ev::saga_completed>(e.what) && --open[e.stream] != 0)
      broken.push_back("completed twice: " + e.stream);
  }
}

void simulation::check_calendar(std::vector<std::string>& broken) {
  std::map<std::string, interval> when, standing;
  for (const auto& e : log_.events()) {
    if (const auto* h = std::get_if<ev::reservation_held>(&e.what)) when[h->id.str()] = h->when;
    if (const auto* c = std::get_if<ev::reservation_cancelled>(&e.what))
      standing.erase(c->id.str());
    const auto* c = std::get_if<ev::reservation_confirmed>(&e.what);
    if (c == nullptr) continue;
    for (const auto& [id, slot] : standing)
      if (slot.overlaps(when[c->id.str()]))
        broken.push_back("overlap: " + id + " and " + c->id.str());
    standing[c->id.str()] = when[c->id.str()];
  }
}

}  // namespace atrium::testing
