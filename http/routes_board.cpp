#include "http/live_feed.hpp"
#include "http/resource_routes.hpp"

namespace atrium::http {
namespace {

constexpr std::chrono::days longest_board{35};
constexpr std::chrono::days ordinary_board{7};

/// Without from the board begins with the current UTC day, without to it spans a week.
interval range_of(query_reader& q, instant now) {
  const auto from = q.when("from"), to = q.when("to");
  interval range;
  range.start = from.value_or(std::chrono::floor<std::chrono::days>(now));
  range.end = to.value_or(range.start + ordinary_board);
  if (range.empty())
    q.add("to", "order", "after " + format_instant(range.start), format_instant(range.end));
  else if (range.length() > longest_board)
    q.add("to", "range", "at most 35 days after from", format_instant(range.end));
  return range;
}

bool is_board_status(const std::string& s) {
  return s.empty() || s == "hold" || s == "blackout" || parse_reservation_status(s);
}

board_query query_of(query_reader& q, instant now) {
  board_query b;
  b.range = range_of(q, now);
  b.room = room_id(q.text("room", 128));
  b.site = q.text("site", 400);
  b.status = q.text("status");
  if (!is_board_status(b.status))
    q.add("status", "status", "a reservation status, hold or blackout", b.status);
  // One screen: without a limit the whole office, up to a thousand rooms.
  b.limit = q.limit(1000);
  b.cursor = q.cursor();
  return b;
}

bool wants_stream(const request& r) {
  return r.header("accept").find("text/event-stream") != std::string_view::npos;
}

void get_board(api_context& c, const request_ptr& r, const responder_ptr& out) {
  query_reader q(*r);
  auto query = query_of(q, c.clock.now());
  if (auto no = q.refusal()) return out->send(std::move(*no));
  if (!wants_stream(*r)) {
    auto json = c.read.board_json(query, r->caller.account, r->caller.is_operator());
    return out->send(json ? document(*r, std::move(*json)) : problem(json.error(), *r));
  }
  if (!c.feed.has_room())
    return out->send(
        refuse(ec::overloaded, "Too many live streams are open. Try again in a moment.", *r));
  c.feed.follow_board(out->stream(), r->caller, std::move(query));
}

}  // namespace

void add_board_routes(api_context& c, routes& to) {
  const auto show = read_after_min_position(c, answered_by(c, get_board));
  for (const std::string path : {"/v1/board", "/officeviews"})
    to.push_back({verb::get, path, access::signed_in, "rooms:read", show});
}

}  // namespace atrium::http
