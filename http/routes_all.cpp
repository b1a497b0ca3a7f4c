#include "http/routes_common.hpp"
#include "http/token_accounts.hpp"

namespace atrium::http {

std::vector<route> api_routes(api_context& c) {
  routes all;
  for (const auto add : {add_room_routes,          add_blackout_routes, add_review_routes,
                         add_availability_routes,  add_hold_routes,     add_reservation_routes,
                         add_change_routes,        add_stay_routes,     add_cancellation_routes,
                         add_history_routes,       add_payment_routes,  add_payment_event_routes,
                         add_receipt_routes,       add_refund_routes,   add_notification_routes,
                         add_board_routes,         add_event_routes,    add_account_routes,
                         add_key_routes,           add_webhook_routes,  add_unsubscribe_routes,
                         add_introspection_routes, add_saga_routes,     add_reconciliation_routes,
                         add_dependency_routes,    add_drill_routes,    add_process_routes})
    add(c, all);
  for (auto& r : all)
    if (r.who != access::anonymous) r.handle = with_account(c, std::move(r.handle));
  return all;
}

}  // namespace atrium::http
