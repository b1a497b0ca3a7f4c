#include <algorithm>
#include <map>
#include <set>

#include "tests/sagas/simulation.hpp"

/// The invariants that a simulation is judged by, from the journal, the provider's ledger and what
/// the engine still has in memory.
namespace atrium::testing {

using state = payment_record::state;

std::vector<std::string> simulation::broken_invariants() {
  std::vector<std::string> broken;
  check_money(broken);
  check_sagas(broken);
  check_calendar(broken);
  check_moves(broken);
  return broken;
}

namespace {

/// What the journal says about the money of every booking.
struct money_by_journal {
  std::map<std::string, std::int64_t> owed;        ///< by payment: what the provider should keep
  std::map<std::string, std::int64_t> journalled;  ///< by payment: captured - refunded
  std::map<std::string, std::string> booking_of;   ///< of a payment
  std::map<std::string, reservation> booked;

  void keep(const reservation& r) {
    for (auto& [payment, booking] : booking_of)
      if (booking == r.id.str()) owed[payment] = 0;
    auto on_first = r.price.amount;
    for (const auto& c : r.charges) {
      booking_of[c.payment.str()] = r.id.str();
      owed[c.payment.str()] = c.kept.amount;
      on_first -= c.kept.amount;
    }
    booking_of[r.payment.str()] = r.id.str();
    owed[r.payment.str()] = on_first;
    booked[r.id.str()] = r;
  }
  /// Of a capture that was undone after a crash the refund may be all that is on record.
  std::int64_t kept_for(const std::string& booking) const {
    std::int64_t sum = 0;
    for (const auto& [payment, of] : booking_of)
      if (of == booking && journalled.contains(payment))
        sum += std::max<std::int64_t>(0, journalled.at(payment));
    return sum;
  }
};

}  // namespace

/// For every payment: what the provider kept is what the journal says, and what the booking owes.
void simulation::check_money(std::vector<std::string>& broken) {
  money_by_journal m;
  std::map<std::string, reservation> held;
  for (const auto& e : log_.events()) {
    if (const auto* h = std::get_if<ev::reservation_held>(&e.what)) {
      auto& r = held[h->id.str()];
      r.id = h->id, r.price = h->price, r.payment = h->payment;
      m.booking_of[h->payment.str()] = h->id.str();
    }
    if (const auto* c = std::get_if<ev::reservation_confirmed>(&e.what)) {
      m.keep(held[c->id.str()]);
      if (m.kept_for(c->id.str()) < held[c->id.str()].price.amount)
        broken.push_back("confirmed without captured payment in the journal: " + c->id.str());
    }
    if (const auto* c = std::get_if<ev::reservation_changed>(&e.what)) {
      m.keep(c->booked);
      if (m.kept_for(c->id.str()) < c->booked.price.amount)
        broken.push_back("changed without the difference in the journal: " + c->id.str());
    }
    if (const auto* c = std::get_if<ev::reservation_cancelled>(&e.what)) {
      auto parts = c->refunds;
      if (parts.empty()) parts.push_back({c->payment, c->refund});
      for (const auto& p : parts) m.owed[p.payment.str()] -= p.amount.amount;
    }
    if (const auto* g = std::get_if<ev::refund_granted>(&e.what))
      m.owed[g->payment.str()] -= g->amount.amount;
    if (const auto* w = std::get_if<ev::refund_withdrawn>(&e.what))
      m.owed[w->payment.str()] += w->amount.amount;
    if (const auto* c = std::get_if<ev::payment_captured>(&e.what)) {
      m.booking_of[c->id.str()] = c->reservation.str();
      m.journalled[c->id.str()] += c->amount.amount;
    }
    if (const auto* r = std::get_if<ev::payment_refunded>(&e.what))
      m.journalled[r->id.str()] -= r->amount.amount;
  }
  auto& owed = m.owed;
  // What a parked saga could not settle is an operator's now: it is told in its reason, not broken.
  std::set<std::string> left_to_an_operator;
  for (const auto& e : log_.events()) {
    const auto* parked = std::get_if<ev::saga_parked>(&e.what);
    if (parked == nullptr) continue;
    for (const auto& [payment, p] : provider_.ledger)
      if (payment.starts_with("pay_" + parked->id.str()) || parked->step.starts_with("refund-"))
        left_to_an_operator.insert(payment);
  }
  for (const auto& [id, p] : provider_.ledger) {
    if (left_to_an_operator.contains(id)) continue;
    const auto kept = p.is == state::captured ? p.amount.amount - p.refunded.amount : 0;
    if (kept != owed[id])
      broken.push_back("provider keeps " + std::to_string(kept) + " of " + id + ", owed is " +
                       std::to_string(owed[id]));
    if (p.is == state::requires_action)
      broken.push_back("a customer may still pay for what is over: " + id);
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

/// No two confirmed bookings of one room overlap.
void simulation::check_calendar(std::vector<std::string>& broken) {
  std::map<std::string, interval> when;
  std::map<std::string, std::map<std::string, interval>> standing;  // by room, then booking
  const auto stands = [&](const std::string& room, const std::string& id, const interval& slot) {
    standing[room].erase(id);
    for (const auto& [other, taken] : standing[room])
      if (taken.overlaps(slot)) broken.push_back("overlap in " + room + ": " + id + ", " + other);
    standing[room][id] = slot;
  };
  for (const auto& e : log_.events()) {
    if (const auto* h = std::get_if<ev::reservation_held>(&e.what)) when[h->id.str()] = h->when;
    if (const auto* c = std::get_if<ev::reservation_cancelled>(&e.what))
      standing[e.stream].erase(c->id.str());
    if (const auto* l = std::get_if<ev::reservation_left>(&e.what))
      standing[e.stream].erase(l->id.str());
    if (const auto* c = std::get_if<ev::reservation_confirmed>(&e.what))
      stands(e.stream, c->id.str(), when[c->id.str()]);
    if (const auto* c = std::get_if<ev::reservation_changed>(&e.what))
      stands(e.stream, c->id.str(), c->booked.when);
  }
}

/// Who moves to another room has the new slot before the old one is gone, and in the end one of
/// them; nothing stays locked for a change that is over.
void simulation::check_moves(std::vector<std::string>& broken) {
  std::map<std::string, std::string> home;  // of a booking: the room that took it over last
  std::map<std::string, std::string> locked;
  for (const auto& e : log_.events()) {
    if (const auto* h = std::get_if<ev::reservation_change_held>(&e.what))
      locked[e.stream + "/" + h->change.str()] = "a slot is left locked for " + h->change.str();
    if (const auto* r = std::get_if<ev::reservation_change_released>(&e.what))
      locked.erase(e.stream + "/" + r->change.str());
    if (const auto* c = std::get_if<ev::reservation_changed>(&e.what)) {
      locked.erase(e.stream + "/" + c->change.str());
      home[c->id.str()] = e.stream;
    }
    if (const auto* l = std::get_if<ev::reservation_leaving>(&e.what))
      locked[e.stream + " " + l->id.str()] = "left between two rooms: " + l->id.str();
    if (const auto* s = std::get_if<ev::reservation_stayed>(&e.what))
      locked.erase(e.stream + " " + s->id.str());
    if (const auto* l = std::get_if<ev::reservation_left>(&e.what)) {
      locked.erase(e.stream + " " + l->id.str());
      if (home[l->id.str()] != "room/" + l->to.str())
        broken.push_back("left its room before the other had it: " + l->id.str());
    }
  }
  for (const auto& [what, words] : locked) broken.push_back(words);
}

}  // namespace atrium::testing
