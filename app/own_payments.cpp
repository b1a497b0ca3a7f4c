#include <algorithm>
#include <unordered_map>
#include <utility>

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
      keep_promise(e.stream.substr(e.stream.find('/') + 1), refunded->id);
    } else if (const auto* cancelled = std::get_if<ev::reservation_cancelled>(&e.what)) {
      if (cancelled->payment.empty()) return;
      owe(refunds_of(*cancelled), cancelled->id, e);
    } else if (const auto* granted = std::get_if<ev::refund_granted>(&e.what)) {
      owe({{granted->payment, granted->amount}}, granted->reservation, e);
    } else if (const auto* withdrawn = std::get_if<ev::refund_withdrawn>(&e.what)) {
      touch(withdrawn->payment, e);
      waive(withdrawn->id.str());
    } else if (const auto* done = std::get_if<ev::saga_completed>(&e.what)) {
      close(done->id.str(), e);
      waive(done->id.str());
    } else if (const auto* parked = std::get_if<ev::saga_parked>(&e.what)) {
      park(parked->id.str(), e);
    } else if (std::holds_alternative<ev::operator_acted>(e.what)) {
      go_on(e.stream.substr(e.stream.find('/') + 1), e);
    }
  }
  own_payments end() && { return std::move(all_); }

 private:
  struct open_saga {
    std::vector<payment_id> payments;
    bool is_parked = false;
  };
  struct promised_refund {
    payment_id payment;
    std::int64_t amount = 0;
  };
  void keep_promise(const std::string& saga, const payment_id& payment) {
    const auto it = promised_.find(saga);
    if (it == promised_.end()) return;
    std::erase_if(it->second, [&](const auto& p) { return p.payment == payment; });
    if (it->second.empty()) promised_.erase(it);
  }
  /// Its saga has ended without it: withdrawn, or settled by hand.
  void waive(const std::string& saga) {
    const auto it = promised_.find(saga);
    if (it == promised_.end()) return;
    for (const auto& p : it->second) all_[p.payment].owed -= p.amount;
    promised_.erase(it);
  }
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
      promised_[e.causation].push_back({part.payment, part.amount.amount});
    }
  }
  void open(const std::string& saga, const payment_id& payment, const std::string& reservation,
            const stored_event& e) {
    auto& p = touch(payment, e);
    p.reservation = reservation;
    auto& at = by_saga_[saga];
    if (std::find(at.payments.begin(), at.payments.end(), payment) != at.payments.end()) return;
    at.payments.push_back(payment);
    ++p.open_sagas;
  }
  void park(const std::string& saga, const stored_event& e) {
    const auto it = by_saga_.find(saga);
    if (it == by_saga_.end() || std::exchange(it->second.is_parked, true)) return;
    for (const auto& payment : it->second.payments) {
      auto& p = touch(payment, e);
      --p.open_sagas, ++p.parked_sagas;
    }
  }
  void go_on(const std::string& saga, const stored_event& e) {
    const auto it = by_saga_.find(saga);
    if (it == by_saga_.end() || !std::exchange(it->second.is_parked, false)) return;
    for (const auto& payment : it->second.payments) {
      auto& p = touch(payment, e);
      ++p.open_sagas, --p.parked_sagas;
    }
  }
  void close(const std::string& saga, const stored_event& e) {
    go_on(saga, e);
    const auto it = by_saga_.find(saga);
    if (it == by_saga_.end()) return;
    for (const auto& payment : it->second.payments) --touch(payment, e).open_sagas;
    by_saga_.erase(it);
  }

  own_payments all_;
  std::unordered_map<std::string, open_saga> by_saga_;
  std::unordered_map<std::string, std::vector<promised_refund>> promised_;
};

}  // namespace

result<own_payments> payments_of_journal(const std::filesystem::path& data_dir) {
  payment_fold fold;
  const auto read = maintenance::each_event(data_dir, [&](const stored_event& e) { fold.take(e); });
  if (!read) return read.error();
  return std::move(fold).end();
}

}  // namespace atrium
