#include "tests/persistence/sample_events.hpp"

#include <map>

namespace atrium::tests {

namespace {

const instant noon{milliseconds{1'764'000'000'000}};
const interval slot{noon + std::chrono::hours{24}, noon + std::chrono::hours{25}};
const money price{33'000, "KRW"};
const room_id room{"rm_atelier"};
const account_id guest{"acc_minji"};
const reservation_id booking{"rs_0001"};
const payment_id payment{"pay_0001"};
const saga_id saga{"rs_0001"};

room_facts full_room() {
  room_facts f;
  f.name = "아틀리에 \"A\"";
  f.site = "Seoul\\North";
  f.description = "Window\nside, \t10th floor \x01";
  f.capacity = 8;
  f.amenities = {"screen", "whiteboard"};
  f.time_zone = "Asia/Seoul";
  f.opening_hours = {{{true, true, true, true, true, false, false}, 540, 1320},
                     {{false, false, false, false, false, true, true}, 1200, 120}};
  f.min_duration_minutes = 30;
  f.max_duration_minutes = 480;
  f.step_minutes = 30;
  f.buffer_minutes = 10;
  f.horizon_days = 90;
  f.price_per_hour = price;
  f.cancellation = {{24, 100}, {1, 50}};
  f.check_in_required = true;
  f.grace_minutes = 20;
  f.tax_rate_bp = 1'000;
  return f;
}

room_facts bare_room() {
  room_facts f;
  f.name = "Nook";
  f.capacity = 1;
  f.time_zone = "UTC";
  f.price_per_hour = {0, "EUR"};
  f.cancellation.clear();
  return f;
}

reservation full_reservation() {
  reservation r;
  r.id = booking;
  r.room = room;
  r.customer = guest;
  r.when = slot;
  r.time_zone = "Asia/Seoul";
  r.party_size = 4;
  r.title = "팀 회의";
  r.price = price;
  r.policy = {{24, 100}};
  r.status = reservation_status::confirmed;
  r.payment = payment;
  r.created_at = noon;
  r.tax_rate_bp = 1'000;
  return r;
}

failure full_failure() {
  failure f;
  f.code = ec::slot_taken;
  f.detail = "The room is taken.";
  f.violations = {{"step", "30 minutes", "10 minutes", "/start"}, {"required", "", "", ""}};
  f.alternatives = {{room, slot}};
  f.conflicting = {"rs_0002"};
  f.retry_after_ms = 1500;
  f.reason = "insufficient_funds";
  return f;
}

std::vector<event> room_events() {
  return {
      ev::room_registered{full_room()},
      ev::room_registered{bare_room()},
      ev::room_changed{full_room()},
      ev::room_changed{bare_room()},
      ev::room_retired{{booking, reservation_id{"rs_0002"}}},
      ev::room_retired{},
      ev::blackout_added{blackout_id{"bl_1"}, slot, "painting"},
      ev::blackout_added{blackout_id{"bl_2"}, slot, ""},
      ev::blackout_removed{blackout_id{"bl_1"}},
      ev::blackout_removed{blackout_id{"bl_2"}},
      ev::hold_placed{hold_id{"hd_1"}, guest, slot, 2, price, noon + std::chrono::minutes{10}, 725},
      ev::hold_placed{hold_id{"hd_2"}, guest, slot, 1, {0, "EUR"}, noon},
      ev::hold_released{hold_id{"hd_1"}, ev::hold_end::expired, slot, noon},
      ev::hold_released{hold_id{"hd_2"}, ev::hold_end::released, slot, noon},
      ev::hold_released{hold_id{"hd_3"}, ev::hold_end::booked, slot, noon},
      ev::reservation_held{booking,
                           guest,
                           slot,
                           4,
                           "팀 회의",
                           price,
                           {{24, 100}, {1, 50}},
                           "Asia/Seoul",
                           payment,
                           1'000},
      ev::reservation_held{booking, guest, slot, 1, "", price, {}, "UTC", {}},
      ev::reservation_awaiting_payment{booking, slot, noon + std::chrono::minutes{15}},
      ev::reservation_released{booking, reservation_status::payment_failed, slot},
      ev::reservation_released{booking, reservation_status::expired, slot},
      ev::reservation_confirmed{booking, slot, slot.start + std::chrono::minutes{15}},
      ev::reservation_confirmed{booking, slot, std::nullopt},
      ev::reservation_cancelled{booking,
                                slot,
                                slot.start,
                                guest,
                                "ill",
                                price,
                                {0, "KRW"},
                                cancellation_rule{24, 100},
                                payment},
      ev::reservation_cancelled{
          booking, slot, std::nullopt, {}, "", {0, "KRW"}, price, std::nullopt, {}},
      ev::reservation_checked_in{booking, slot, slot.start},
      ev::reservation_checked_in{booking, slot, std::nullopt},
      ev::reservation_completed{booking, slot, ev::completion::checked_out},
      ev::reservation_completed{booking, slot, ev::completion::by_clock},
      ev::reservation_no_show{booking, slot, slot.start},
      ev::reservation_no_show{booking, slot, std::nullopt},
      ev::refund_granted{saga, booking, payment, price, {0, "KRW"}, guest, "broken screen"},
      ev::refund_granted{saga, booking, payment, {1, "JPY"}, price, {}, ""},
      ev::refund_withdrawn{saga, booking, payment, price, {0, "KRW"}},
      ev::refund_withdrawn{saga, booking, payment, {1, "JPY"}, price},
  };
}

/// A booking that was moved before, and paid more then.
reservation moved_reservation() {
  auto r = full_reservation();
  r.room = room_id{"rm_loft"};
  r.price = {44'000, "KRW"};
  r.charges = {{payment_id{"pay_chg_1"}, {11'000, "KRW"}}};
  return r;
}

std::vector<event> change_events() {
  const saga_id change{"chg_1"};
  const room_id loft{"rm_loft"};
  const interval later{slot.start + std::chrono::minutes{30}, slot.end + std::chrono::hours{1}};
  const std::vector<refund_part> refunds{{payment_id{"pay_chg_1"}, {5'000, "KRW"}, 6'000},
                                         {payment, {1'000, "KRW"}, 32'000}};
  return {
      ev::reservation_change_held{booking,
                                  change,
                                  room,
                                  guest,
                                  later,
                                  {{slot.end, later.end}},
                                  4,
                                  "팀 회의",
                                  price,
                                  {{24, 100}},
                                  "Asia/Seoul"},
      ev::reservation_change_held{booking, change, loft, guest, later, {}, 1, "", price, {}, "UTC"},
      ev::reservation_change_released{booking, change, guest, later, "payment-declined"},
      ev::reservation_change_released{booking, change, guest, later, ""},
      ev::reservation_changed{booking, change, room, slot, slot.start, moved_reservation(),
                              later.start, refunds},
      ev::reservation_changed{booking, change, room, slot, {}, full_reservation(), {}, {}},
      ev::reservation_leaving{booking, change, loft},
      ev::reservation_leaving{booking, saga_id{"chg_2"}, loft},
      ev::reservation_stayed{booking, change},
      ev::reservation_stayed{booking, saga_id{"chg_2"}},
      ev::reservation_left{booking, change, loft, slot, slot.start},
      ev::reservation_left{booking, change, loft, slot, std::nullopt},
      ev::reservation_cancelled{
          booking, slot, {}, guest, "", price, {0, "KRW"}, {}, payment, refunds},
      ev::saga_started{change, guest, "f00d",
                       ev::change_request{loft,
                                          moved_reservation(),
                                          later,
                                          4,
                                          "팀 회의",
                                          {"card", "pm_card_visa"},
                                          true,
                                          price,
                                          {0, "KRW"}},
                       noon},
      ev::saga_started{
          change, guest, "",
          ev::change_request{
              room, full_reservation(), later, 1, "", {"card", ""}, false, price, price},
          noon},
      ev::saga_completed{change, ev::change_result{moved_reservation(), price, {0, "KRW"}}},
  };
}

std::vector<event> saga_events() {
  const ev::booking_request full{room,           slot, 4, "팀 회의", {"card", "pm_card_visa"},
                                 hold_id{"hd_1"}};
  const ev::booking_request bare{room, slot, 1, "", {"card", ""}, {}};
  return {
      ev::saga_started{saga, guest, "f00d", full, noon},
      ev::saga_started{saga, guest, "", bare, noon},
      ev::saga_started{saga, guest, "f00d", ev::hold_request{room, slot, 3, 600'000}, noon},
      ev::saga_started{saga, guest, "f00d", ev::cancel_request{booking, room, "ill", true, true},
                       noon},
      ev::saga_started{saga, guest, "f00d", ev::cancel_request{booking, room, "", false, false},
                       noon},
      ev::saga_started{saga, guest, "f00d",
                       ev::refund_request{booking, room, payment, price, price, "broken screen"},
                       noon},
      ev::saga_started{saga, guest, "f00d",
                       ev::refund_request{booking, room, payment, {}, price, ""}, noon},
      ev::saga_started{saga, guest, "reconcile",
                       ev::settle_request{payment, booking, room, "void-owed", price, "pi_1"},
                       noon},
      ev::saga_started{saga, guest, "reconcile",
                       ev::settle_request{payment, {}, {}, "stranger", price, ""}, noon},
      ev::saga_step{saga, "authorize", true, ev::step_outcome::unknown, "no answer in 5 s"},
      ev::saga_step{saga, "authorize", false, ev::step_outcome::ok, ""},
      ev::saga_step{saga, "capture", false, ev::step_outcome::rejected, ""},
      ev::saga_step{saga, "capture", false, ev::step_outcome::retryable, ""},
      ev::saga_parked{saga, "refund", "the provider refuses", true},
      ev::saga_parked{saga, "refund", ""},
      ev::saga_completed{saga, full_failure()},
      ev::saga_completed{saga, failure{}},
      ev::saga_completed{saga, ev::booking_result{full_reservation(), price}},
      ev::saga_completed{saga, ev::hold_result{hold_id{"hd_1"}, room, slot, 2, price, noon}},
      ev::saga_completed{saga,
                         ev::cancel_result{booking, price, {0, "KRW"}, cancellation_rule{24, 100}}},
      ev::saga_completed{saga, ev::cancel_result{booking, {0, "KRW"}, price, std::nullopt}},
      ev::saga_completed{saga, ev::refund_result{saga, booking, payment, price, "broken screen"}},
      ev::saga_completed{saga, ev::refund_result{saga, booking, payment, price, ""}},
      ev::saga_completed{saga, ev::settle_result{payment, "void-owed", price}},
      ev::payment_authorized{payment, booking, guest, price, "card", "sandbox", "auth_1"},
      ev::payment_authorized{payment, booking, guest, price, "card", "sandbox", ""},
      ev::payment_action_required{payment, booking, guest, price, "card", "stripe", "pi_1",
                                  "https://bank.example/1", noon},
      ev::payment_action_required{payment, booking, guest, price, "card", "stripe", "", "", noon},
      ev::payment_declined{payment, booking, guest, price, "card", "sandbox", "card_declined"},
      ev::payment_declined{payment, booking, guest, price, "card", "sandbox", ""},
      ev::payment_captured{payment, booking, price},
      ev::payment_captured{payment, booking, {-5, "EUR"}},
      ev::payment_voided{payment, booking},
      ev::payment_voided{payment, {}},
      ev::payment_unknown{payment, booking, "capture"},
      ev::payment_unknown{payment, booking, "refund"},
      ev::refund_requested{payment, booking, price},
      ev::refund_requested{payment, booking, {1, "JPY"}},
      ev::payment_refunded{payment, booking, price},
      ev::payment_refunded{payment, booking, {1, "JPY"}},
  };
}

std::vector<event> people_events() {
  const ev::account_facts full{"김민지", "minji@example.com", ev::role::operator_, "ko"};
  const ev::account_facts bare{"bot", "", ev::role::customer, "en"};
  const review_id review{"rv_1"};
  return {
      ev::account_created{full},
      ev::account_created{bare},
      ev::account_changed{{"root", "", ev::role::admin, "en"}},
      ev::account_changed{bare},
      ev::account_changed{
          {"quiet", "q@example.com", ev::role::customer, "en", ev::mail_choice::transactional}},
      ev::account_deleted{},
      ev::account_deleted{},
      ev::api_key_created{api_key_id{"key_1"}, "laptop", {"read", "book"}, "abcdef", noon},
      ev::api_key_created{api_key_id{"key_2"}, "", {}, "abcdef", std::nullopt},
      ev::api_key_revoked{api_key_id{"key_1"}, "abcdef"},
      ev::api_key_revoked{api_key_id{"key_2"}, "abcdef"},
      ev::review_posted{review, booking, room, guest, 5, "<script>alert(1)</script>"},
      ev::review_posted{review, booking, room, guest, 1, ""},
      ev::review_changed{review, 3, "fine"},
      ev::review_changed{review, 2, ""},
      ev::review_deleted{review},
      ev::review_deleted{review},
      ev::notification_read{"17-1"},
      ev::notification_read{"18-1"},
      ev::operator_acted{guest, "passivate", "room/rm_atelier", "drill"},
      ev::operator_acted{{}, "restart", "", ""},
      ev::webhook_registered{webhook_id{"wh_1"},
                             {"https://example.com/in", {"room.changed"}, "ours", true}},
      ev::webhook_registered{webhook_id{"wh_2"}, {"https://example.com/in", {}, "", false}},
      ev::webhook_changed{webhook_id{"wh_1"}, {"https://example.com/in?a=1", {}, "", true}},
      ev::webhook_changed{webhook_id{"wh_2"}, {"https://example.com/", {"a", "b"}, "x", false}},
      ev::webhook_secret_rotated{webhook_id{"wh_1"}, 2, noon},
      ev::webhook_secret_rotated{webhook_id{"wh_2"}, 7, noon},
      ev::webhook_disabled{webhook_id{"wh_1"}, "https://example.com/in", "no answer"},
      ev::webhook_disabled{webhook_id{"wh_2"}, "https://example.com/", ""},
      ev::webhook_deleted{webhook_id{"wh_1"}},
      ev::webhook_deleted{webhook_id{"wh_2"}},
  };
}

std::string stream_of(const event& e) {
  const std::string_view type = type_name(e);
  const auto starts = [&](std::string_view prefix) { return type.starts_with(prefix); };
  if (starts("saga.") || starts("payment.")) return "saga/" + saga.str();
  if (starts("account.") || starts("api_key.") || starts("webhook."))
    return "account/" + guest.str();
  if (starts("review.")) return "review/" + booking.str();
  if (starts("notification.")) return "inbox/" + guest.str();
  if (starts("operator.")) return "audit";
  return "room/" + room.str();
}

}  // namespace

std::vector<event> sample_events() {
  std::vector<event> all;
  for (auto&& part : {room_events(), saga_events(), people_events(), change_events()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::vector<new_event> sample_journal() {
  std::vector<new_event> all;
  std::map<std::string, std::uint64_t> seqs;
  instant at = noon;
  for (auto& what : sample_events()) {
    new_event e;
    e.stream = stream_of(what);
    e.seq = ++seqs[e.stream];
    e.at = at;
    e.correlation = all.size() % 3 == 0 ? "" : "4bf92f3577b34da6a3ce929d0e0e4736";
    e.causation = all.size() % 2 == 0 ? "" : saga.str();
    e.actor = all.size() % 5 == 0 ? "clock" : guest.str();
    e.what = std::move(what);
    all.push_back(std::move(e));
    at += milliseconds{1234};
  }
  return all;
}

new_event any_event(std::string stream, std::uint64_t seq, std::string note) {
  new_event e;
  e.stream = std::move(stream);
  e.seq = seq;
  e.at = noon;
  e.actor = "clock";
  e.what = ev::operator_acted{guest, "act", "target", std::move(note)};
  return e;
}

}  // namespace atrium::tests
