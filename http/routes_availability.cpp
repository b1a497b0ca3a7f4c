#include <charconv>

#include "domain/calendar.hpp"
#include "domain/pricing.hpp"
#include "domain/refusal.hpp"
#include "http/resource_routes.hpp"

namespace atrium::http {
namespace {

constexpr std::chrono::days longest_search{31};
constexpr std::int64_t longest_stay_minutes = 10'080;

/// Minutes, or an ISO 8601 duration of hours and minutes ("PT1H30M").
std::optional<std::int64_t> minutes_of(std::string_view text) {
  const bool iso = text.substr(0, 2) == "PT";
  if (iso) text.remove_prefix(2);
  std::int64_t total = 0;
  while (!text.empty()) {
    std::int64_t n = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc{} || n < 0 || n > longest_stay_minutes) return {};
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!iso) return text.empty() ? std::optional(n) : std::nullopt;
    if (text.empty() || (text[0] != 'H' && text[0] != 'M')) return {};
    total += text[0] == 'H' ? n * 60 : n;
    text.remove_prefix(1);
  }
  return iso ? std::optional(total) : std::nullopt;
}

void read_duration(query_reader& q, availability_query& wanted) {
  const auto text = q.text("duration", 20);
  if (text.empty()) return;
  const auto minutes = minutes_of(text);
  if (!minutes || *minutes < 1 || *minutes > longest_stay_minutes)
    return q.add("duration", "duration", "1..10080 minutes, e.g. 90 or PT1H30M", text);
  wanted.duration = std::chrono::minutes(*minutes);
}

void read_range(query_reader& q, availability_query& wanted) {
  const auto start = q.when("start"), end = q.when("end");
  if (!start) q.add("start", "required", "an instant", "nothing");
  if (!end) q.add("end", "required", "an instant", "nothing");
  if (!start || !end) return;
  wanted.when = {*start, *end};
  if (*end <= *start)
    q.add("end", "order", "after " + format_instant(*start), format_instant(*end));
  else if (wanted.when.length() > longest_search)
    q.add("end", "range", "at most 31 days after the start", format_instant(*end));
}

std::string render_violations(const std::vector<violation>& all) {
  std::vector<std::string> items;
  for (const auto& v : all)
    items.push_back("{\"rule\":" + json_text(v.rule) + ",\"limit\":" + json_text(v.limit) +
                    ",\"actual\":" + json_text(v.actual) + ",\"pointer\":" + json_text(v.pointer) +
                    "}");
  return json_list(items);
}

std::string render_availability(const availability& found) {
  std::vector<std::string> free, unavailable;
  for (const auto& f : found.free)
    free.push_back("{\"room\":" + f.room_json +
                   ",\"start\":" + json_text(format_instant(f.when.start)) + ",\"end\":" +
                   json_text(format_instant(f.when.end)) + ",\"price\":" + render(f.price) + "}");
  for (const auto& u : found.unavailable)
    unavailable.push_back("{\"room\":" + u.room_json +
                          ",\"reason\":" + json_text(to_string(u.why.code)) +
                          ",\"detail\":" + json_text(u.why.detail) +
                          ",\"violations\":" + render_violations(u.why.violations) + "}");
  return "{\"free\":" + json_list(free) + ",\"unavailable\":" + json_list(unavailable) + "}";
}

response find_available(const api_context& c, const request& r) {
  query_reader q(r);
  availability_query wanted;
  read_range(q, wanted);
  wanted.capacity = static_cast<int>(q.integer("capacity", 1, 10'000).value_or(1));
  wanted.amenities = q.words("amenities");
  wanted.site = q.text("site", 400);
  read_duration(q, wanted);
  wanted.limit = q.limit(200);
  wanted.now = c.clock.now();
  if (auto no = q.refusal()) return std::move(*no);
  return document(r, render_availability(c.read.find_available(wanted)));
}

/// Nothing else keeps the slot, with the room's buffer on both sides.
bool is_free(const api_context& c, const room_doc& room, const interval& when) {
  const std::chrono::minutes buffer(room.facts.buffer_minutes);
  const interval wide{when.start - buffer, when.end + buffer};
  for (const auto& b : c.read.occupied(room.id, wide)) {
    // A blackout needs no buffer.
    const auto& against = b.status == "blackout" ? when : wide;
    if (against.overlaps(b.when)) return false;
  }
  return true;
}

std::string render_quote(const room_doc& room, const slot_body& slot, bool available, instant now) {
  const auto price = price_of(room.facts, slot.when);
  const auto refund = refund_for(room.facts.cancellation, price, slot.when.start, now);
  return "{\"roomId\":" + json_text(room.id.view()) +
         ",\"start\":" + json_text(format_instant(slot.when.start)) +
         ",\"end\":" + json_text(format_instant(slot.when.end)) +
         ",\"timeZone\":" + json_text(room.facts.time_zone) +
         ",\"partySize\":" + std::to_string(slot.party_size) + ",\"price\":" + render(price) +
         ",\"tax\":" + render(tax_within(price, room.facts.tax_rate_bp)) +
         ",\"total\":" + render(price) + ",\"cancellation\":" + render(refund) +
         ",\"available\":" + (available ? "true" : "false") + "}";
}

response quote(const api_context& c, const request& r) {
  auto body = read_body(r);
  if (body.refusal) return std::move(*body.refusal);
  const auto slot = parse_slot(body.doc->root());
  if (!slot) return problem(slot.error(), r);
  const auto room = c.read.room(slot->room);
  if (!room || room->status != room_status::active)
    return refuse(ec::not_found, "There is no such room to book. GET /v1/rooms lists them.", r);
  const auto now = c.clock.now();
  auto broken = check_slot(room->facts, slot->when, slot->party_size, now);
  if (!broken.empty()) return problem(rule_refusal(room->facts, slot->when, std::move(broken)), r);
  return json_answer(200, render_quote(*room, *slot, is_free(c, *room, slot->when), now));
}

}  // namespace

void add_availability_routes(api_context& c, routes& to) {
  to.push_back({verb::get, "/v1/availability", access::signed_in, "rooms:read",
                answered_by(c, find_available)});
  to.push_back({verb::post, "/v1/quotes", access::signed_in, "rooms:read", answered_by(c, quote)});
}

}  // namespace atrium::http
