#include "http/codecs.hpp"
#include "http/json_fields.hpp"

namespace atrium::http {
namespace {

using need = fields::need;

constexpr std::int64_t most_persons = 10'000;
constexpr std::size_t longest_id = 128;

int party_of(fields& f) {
  return static_cast<int>(f.integer("partySize", 1, most_persons).value_or(1));
}

payment_method read_payment(json_value v, std::vector<violation>& out) {
  payment_method p;
  fields f(v, "/payment", out);
  if (const auto method = f.text("method", 1, 50)) p.method = *method;
  if (p.method != "card") f.add("method", "payment-method", "card", p.method);
  p.token = f.text("token", 1, 200, need::required).value_or("");
  f.finish();
  return p;
}

}  // namespace

result<slot_body> parse_slot(json_value body) {
  std::vector<violation> wrong;
  fields f(body, "", wrong);
  const auto room = f.text("roomId", 1, longest_id, need::required);
  const auto when = f.slot();
  const int party = party_of(f);
  f.finish();
  if (!wrong.empty()) return invalid(std::move(wrong));
  return slot_body{room_id(*room), *when, party};
}

result<ev::booking_request> parse_booking(json_value body) {
  std::vector<violation> wrong;
  fields f(body, "", wrong);
  ev::booking_request b;
  const auto hold = f.text("holdId", 1, longest_id);
  // The hold knows its slot; naming part of it again would only invite contradictions.
  const bool bare = hold && !f.has("roomId") && !f.has("start") && !f.has("end");
  const auto n = bare ? need::optional : need::required;
  const auto room = f.text("roomId", 1, longest_id, n);
  const auto when = f.slot(n);
  const auto party = f.integer("partySize", 1, most_persons);
  b.title = f.text("title", 0, 200).value_or("");
  if (const auto p = f.object("payment", need::required)) b.payment = read_payment(*p, wrong);
  f.finish();
  if (!wrong.empty()) return invalid(std::move(wrong));
  if (hold) b.from_hold = hold_id(*hold);
  if (room) b.room = room_id(*room);
  if (when) b.when = *when;
  // 0: not said, taken from the hold.
  b.party_size = party ? static_cast<int>(*party) : bare ? 0 : 1;
  return b;
}

result<ev::hold_request> parse_hold(json_value body, milliseconds default_ttl) {
  std::vector<violation> wrong;
  fields f(body, "", wrong);
  const auto room = f.text("roomId", 1, longest_id, need::required);
  const auto when = f.slot();
  const int party = party_of(f);
  const auto minutes = f.integer("ttlMinutes", 1, 60);
  f.finish();
  if (!wrong.empty()) return invalid(std::move(wrong));
  return ev::hold_request{room_id(*room), *when, party,
                          minutes ? *minutes * 60'000 : default_ttl.count()};
}

result<change_body> parse_change(json_value body, const reservation& now) {
  std::vector<violation> wrong;
  fields f(body, "", wrong);
  change_body c{now.room, now.when, now.party_size, now.title, {}};
  if (const auto room = f.text("roomId", 1, longest_id)) c.room = room_id(*room);
  const auto start = f.when("start");
  const auto end = f.when("end");
  c.when = {start.value_or(now.when.start), end.value_or(now.when.end)};
  if ((start || end) && c.when.end <= c.when.start)
    f.add(end ? "end" : "start", "order", "the end is after the start",
          format_instant(c.when.start) + " to " + format_instant(c.when.end));
  if (const auto party = f.integer("partySize", 1, most_persons))
    c.party_size = static_cast<int>(*party);
  if (f.is_null("title"))
    c.title.clear();
  else if (const auto title = f.text("title", 0, 200))
    c.title = *title;
  if (const auto p = f.object("payment")) c.payment = read_payment(*p, wrong);
  f.finish();
  if (!wrong.empty()) return invalid(std::move(wrong));
  return c;
}

result<cancel_body> parse_cancel(json_value body) {
  std::vector<violation> wrong;
  fields f(body, "", wrong);
  cancel_body c;
  c.reason = f.text("reason", 0, 500).value_or("");
  c.full_refund = f.boolean("fullRefund").value_or(false);
  f.finish();
  if (!wrong.empty()) return invalid(std::move(wrong));
  return c;
}

result<refund_body> parse_refund(json_value body) {
  std::vector<violation> wrong;
  fields f(body, "", wrong);
  refund_body r;
  r.reason = f.text("reason", 1, 500, need::required).value_or("");
  if (const auto v = f.object("amount"))
    if (auto m = read_money(*v, "/amount", wrong)) {
      r.amount = std::move(*m);
      if (r.amount.amount == 0)
        wrong.push_back({"range", "more than 0; leave the amount out to refund the rest", "0",
                         "/amount/amount"});
    }
  f.finish();
  if (!wrong.empty()) return invalid(std::move(wrong));
  return r;
}

}  // namespace atrium::http
