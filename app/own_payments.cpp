#include <unordered_map>

#include "app/reconcile.hpp"
#include "persistence/maintenance.hpp"
#include "sagas/run.hpp"

namespace atrium {
namespace {

/// Folds the journal into payments. A saga's payment is known from its start on, so that one is
/// found although the server died before the provider answered.
class payment_fold {
 public:
  void take(const stored_event& e) {
    if (const auto* started = std::get_if<ev::saga_started>(&e.what)) {
      if (std::holds_alternative<ev::booking_request>(started->input))
        open(started->id.str(), payment_of(started->id, e.seq), started->id.str(), e);
      if (const auto* change = std::get_if<ev::change_request>(&started->input))
        open(started->id.str(), payment_of(started->id, e.seq), change->from.id.str(), e);
    } else if (const auto* changed = std::get_if<ev::reservation_changed>(&e.what)) {
      owe(changed->refunds, changed->id, e);
    } else if (const auto* captured = std::get_if<ev::payment_captured>(&e.what)) {
      touch(captured->id, e).captured += captured->amount.amount;
    } else if (const auto* refunded = std::get_if<ev::payment_refunded>(&e.what)) {
      touch(refunded->id, e).refunded += refunded->amount.amount;
    } else if (const auto* cancelled = std::get_if<ev::reservation_cancelled>(&e.what)) {
      if (cancelled->payment.empty()) return;
      auto parts = cancelled->refunds;
      if (parts.empty()) parts.push_back({cancelled->payment, cancelled->refund});
      owe(parts, cancelled->id, e);
    } else if (const auto* done = std::get_if<ev::saga_completed>(&e.what)) {
      close(done->id.str(), false, e);
    } else if (const auto* parked = std::get_if<ev::saga_parked>(&e.what)) {
      close(parked->id.str(), true, e);
    }
  }
  own_payments end() && { return std::move(all_); }

 private:
  own_payment& touch(const payment_id& id, const stored_event& e) {
    auto& p = all_[id];
    p.position = e.position;
    p.changed = e.at;
    return p;
  }
  void owe(const std::vector<refund_part>& parts, const reservation_id& reservation,
           const stored_event& e) {
    for (const auto& part : parts) {
      open(e.causation, part.payment, reservation.str(), e);
      all_[part.payment].owed += part.amount.amount;
    }
  }
  void open(const std::string& saga, const payment_id& payment, const std::string& reservation,
            const stored_event& e) {
    auto& p = touch(payment, e);
    p.reservation = reservation;
    p.is_open = true;
    by_saga_[saga].push_back(payment);
  }
  void close(const std::string& saga, bool is_parked, const stored_event& e) {
    const auto it = by_saga_.find(saga);
    if (it == by_saga_.end()) return;
    for (const auto& payment : it->second) {
      auto& p = touch(payment, e);
      p.is_open = false;
      p.is_parked = is_parked;
    }
    by_saga_.erase(it);
  }

  own_payments all_;
  std::unordered_map<std::string, std::vector<payment_id>> by_saga_;
};

}  // namespace

result<own_payments> payments_of_journal(const std::filesystem::path& data_dir) {
  payment_fold fold;
  const auto read = maintenance::each_event(data_dir, [&](const stored_event& e) { fold.take(e); });
  if (!read) return read.error();
  return std::move(fold).end();
}

}  // namespace atrium
