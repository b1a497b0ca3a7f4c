#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "persistence/follower.hpp"
#include "persistence/view_overlay.hpp"
#include "persistence/view_rows.hpp"
#include "persistence/view_waiters.hpp"

namespace atrium::view {

/// Applies journal events to the view tables.
///
/// Operation: rooms and reservations that a transaction touches are kept decoded until commit() and
/// written once; everything else goes through the overlay. An event at or before position() changes
/// nothing, so feeding one twice is harmless. Events about things the journal never introduced
/// (which no released version writes) are passed over.
/// Concurrency: the follower's thread only, except position().
class view_projection final : public projection {
 public:
  /// `readers` hears of each commit, on the follower's thread.
  view_projection(view_store& store, waiters& readers);

  std::string_view name() const override { return "views"; }
  std::uint64_t position() const override { return store_.env().position(); }
  bool is_awaited() const noexcept override { return readers_.anyone(); }
  void when_awaited(std::function<void()> hurry) override {
    readers_.when_waiting(std::move(hurry));
  }
  void begin() override;
  void apply(const stored_event& e) override;
  void commit(std::uint64_t position) override;
  void rollback() noexcept override;

 private:
  struct open_room {
    room_row row;
    std::string order;  ///< its key in room_order as stored; "" when there is none yet
    bool changed = false;
  };
  struct open_reservation {
    reservation_row row;
    std::uint64_t created = 0;  ///< its key in reservations
    bool is_new = false;
    std::vector<std::string> new_payments;  ///< ids that are to find it
    std::string board;  ///< its key on the board as stored; "" when there is none yet
    bool changed = false;
  };

  // Nothing when the journal never introduced it.
  open_room* find_room(std::string_view id);
  open_reservation* find_reservation(const reservation_id& id);
  /// Notes the event's position as the last change.
  open_reservation* touch(const reservation_id& id, const stored_event& e);
  /// Nothing, too, when the reservation has another payment now.
  open_reservation* touch(const payment_id& payment, const reservation_id& id,
                          const stored_event& e);

  void on(const ev::room_registered& v, const stored_event& e);
  void on(const ev::room_changed& v, const stored_event& e);
  void on(const ev::room_retired& v, const stored_event& e);
  void on(const ev::blackout_added& v, const stored_event& e);
  void on(const ev::blackout_removed& v, const stored_event& e);
  void on(const ev::hold_placed& v, const stored_event& e);
  void on(const ev::hold_released& v, const stored_event& e);
  void on(const ev::reservation_held& v, const stored_event& e);
  void on(const ev::reservation_awaiting_payment& v, const stored_event& e);
  void on(const ev::reservation_released& v, const stored_event& e);
  void on(const ev::reservation_confirmed& v, const stored_event& e);
  void on(const ev::reservation_cancelled& v, const stored_event& e);
  void on(const ev::reservation_checked_in& v, const stored_event& e);
  void on(const ev::reservation_completed& v, const stored_event& e);
  void on(const ev::reservation_no_show& v, const stored_event& e);
  void on(const ev::reservation_change_held& v, const stored_event& e);
  void on(const ev::reservation_change_released& v, const stored_event& e);
  void on(const ev::reservation_changed& v, const stored_event& e);
  void on(const ev::refund_granted& v, const stored_event& e);
  void on(const ev::refund_withdrawn& v, const stored_event& e);
  void on(const ev::saga_completed& v, const stored_event& e);
  void on(const ev::payment_authorized& v, const stored_event& e);
  void on(const ev::payment_action_required& v, const stored_event& e);
  void on(const ev::payment_declined& v, const stored_event& e);
  void on(const ev::payment_captured& v, const stored_event& e);
  void on(const ev::payment_voided& v, const stored_event& e);
  void on(const ev::payment_unknown& v, const stored_event& e);
  void on(const ev::refund_requested& v, const stored_event& e);
  void on(const ev::payment_refunded& v, const stored_event& e);
  void on(const ev::account_created& v, const stored_event& e);
  void on(const ev::account_changed& v, const stored_event& e);
  void on(const ev::account_deleted& v, const stored_event& e);
  void on(const ev::api_key_created& v, const stored_event& e);
  void on(const ev::api_key_revoked& v, const stored_event& e);
  void on(const ev::webhook_registered& v, const stored_event& e);
  void on(const ev::webhook_changed& v, const stored_event& e);
  void on(const ev::webhook_secret_rotated& v, const stored_event& e);
  void on(const ev::webhook_disabled& v, const stored_event& e);
  void on(const ev::webhook_deleted& v, const stored_event& e);
  void on(const ev::review_posted& v, const stored_event& e);
  void on(const ev::review_changed& v, const stored_event& e);
  void on(const ev::review_deleted& v, const stored_event& e);
  void on(const ev::notification_read& v, const stored_event& e);
  // Sagas' own steps and the audit are read from the journal, not from views.
  void on(const ev::saga_started&, const stored_event&) {}
  void on(const ev::saga_step&, const stored_event&) {}
  void on(const ev::saga_parked&, const stored_event&) {}
  // The readers of a booking see it in its new room from reservation.changed on.
  void on(const ev::reservation_leaving&, const stored_event&) {}
  void on(const ev::reservation_stayed&, const stored_event&) {}
  void on(const ev::reservation_left&, const stored_event&) {}
  void on(const ev::operator_acted&, const stored_event&) {}

  /// The further payment that a change's saga speaks of; with `make` one that is new is added.
  /// Nothing for the payment the booking was made with, and for those of earlier tries to book.
  further_payment* find_further(const payment_id& payment, const reservation_id& id,
                                const stored_event& e, const money* make = nullptr);
  void rate(std::string_view room, std::int64_t sum, std::int64_t count);
  void store_account(const account_row& row);
  std::optional<webhook_doc> find_webhook(const webhook_id& id);
  void store_webhook(webhook_doc doc, const stored_event& e);
  /// Its saga has ended: a refund that was not made by then was settled by hand.
  void close_refund(const reservation_id& id, const stored_event& e);
  void notify(std::string_view type, const open_reservation& about, const money& amount,
              std::string_view extra, const stored_event& e);
  void note_length(const interval& when);

  void write_all();
  void write(open_room& room);
  void write(const reservation_id& id, open_reservation& booking);

  view_store& store_;
  waiters& readers_;
  overlay tables_;
  std::unordered_map<std::string, open_room> rooms_;
  std::unordered_map<reservation_id, open_reservation> reservations_;
  milliseconds longest_{0};            ///< with what this transaction adds
  milliseconds committed_longest_{0};  ///< what a rollback goes back to
};

}  // namespace atrium::view
