#include <algorithm>

#include "persistence/document_text.hpp"
#include "persistence/view_calendar.hpp"
#include "persistence/view_cursor.hpp"
#include "persistence/view_impl.hpp"

namespace atrium::view {

namespace {

constexpr std::chrono::days longest_board{35};
constexpr std::size_t most_rooms = 1'000;

failure bad_range(const interval& range) {
  failure f;
  f.code = ec::validation;
  f.detail = "A board shows a span of time between its from and to, 35 days at most.";
  f.violations.push_back(
      {.rule = "board-span",
       .limit = "from before to, at most 35 days",
       .actual = format_instant(range.start) + " to " + format_instant(range.end),
       .pointer = "/to"});
  return f;
}

/// Which entries a board shows.
struct board_filter {
  explicit board_filter(const std::string& wanted)
      : all(wanted.empty()),
        holds(all || wanted == "hold"),
        blackouts(all || wanted == "blackout"),
        status(parse_reservation_status(wanted)) {}

  bool shows(const board_entry& e) const {
    if (e.what == board_entry::kind::hold) return holds;
    if (all) return occupies_slot(e.status) || e.status == reservation_status::completed;
    return status == e.status;
  }

  bool all, holds, blackouts;
  std::optional<reservation_status> status;
};

/// What is drawn: a line of one room.
struct board_line {
  std::string_view id;
  interval when;
  std::string_view status, paid, customer, title;
};

board_line line_of(const board_place& place, const board_entry& e) {
  const bool hold = e.what == board_entry::kind::hold;
  return {place.id,
          {place.start, e.end},
          hold ? std::string_view("hold") : to_string(e.status),
          hold ? std::string_view() : to_string(e.paid),
          e.customer,
          e.title};
}

board_line line_of(const blackout_doc& d) {
  return {d.id.view(), d.when, "blackout", {}, {}, d.reason};
}

/// Walks the rooms of a page and the lines of each. `begin_room(id, json)`, then `line(board_line)`
/// in order of start. Two cursors serve all rooms.
class board_walk {
 public:
  board_walk(const view_store& store, const lmdb::txn& txn, const board_query& q)
      : store_(store),
        txn_(txn),
        query_(q),
        filter_(q.status),
        board_(txn, store.table(in::board)),
        blackouts_(txn, store.table(in::blackouts)) {}

  /// The last key of the page when there are more rooms.
  template <class BeginRoom, class Line>
  std::optional<std::string> run(const std::optional<std::string>& after, BeginRoom begin_room,
                                 Line line) {
    if (!query_.room.empty()) {
      if (!is_plain_id(query_.room.view())) return std::nullopt;
      if (const auto bytes = store_.get(txn_, in::rooms, query_.room.view()))
        show(query_.room.view(), unpack_room_head(*bytes), begin_room, line);
      return std::nullopt;
    }
    const std::string prefix = query_.site.empty() ? std::string() : order_prefix(query_.site);
    const std::size_t limit = std::clamp<std::size_t>(query_.limit, 1, most_rooms);
    lmdb::cursor rooms(txn_, store_.table(in::room_order));
    std::string from = prefix;
    if (after) from = *after + '\0';
    std::string last;
    std::size_t shown = 0;
    for (bool on = rooms.seek(from); on && rooms.key().starts_with(prefix); on = rooms.next()) {
      const std::string_view id = room_of_order_key(rooms.key());
      const auto bytes = store_.get(txn_, in::rooms, id);
      if (!bytes) continue;
      const room_head head = unpack_room_head(*bytes);
      if (head.status != room_status::active) continue;
      if (shown == limit) return last;
      show(id, head, begin_room, line);
      last = rooms.key();
      ++shown;
    }
    return std::nullopt;
  }

 private:
  template <class BeginRoom, class Line>
  void show(std::string_view id, const room_head& head, BeginRoom& begin_room, Line& line) {
    begin_room(id, head.json);
    prefix_.assign(id).push_back('\0');
    closed_.clear();
    if (head.blackouts > 0 && filter_.blackouts) read_blackouts();
    std::size_t next_closed = 0;
    scan_board(
        board_, prefix_, query_.range, store_.longest(),
        [&](const board_place& place, const board_entry& e) {
          if (!filter_.shows(e)) return;
          while (next_closed < closed_.size() && closed_[next_closed].when.start <= place.start)
            line(line_of(closed_[next_closed++]));
          line(line_of(place, e));
        });
    while (next_closed < closed_.size()) line(line_of(closed_[next_closed++]));
  }

  void read_blackouts() {
    for (bool on = blackouts_.seek(prefix_); on && blackouts_.key().starts_with(prefix_);
         on = blackouts_.next()) {
      blackout_doc d = unpack_blackout(
          blackout_id(std::string(blackouts_.key().substr(prefix_.size()))), blackouts_.value());
      if (d.when.overlaps(query_.range)) closed_.push_back(std::move(d));
    }
    std::sort(closed_.begin(), closed_.end(),
              [](const auto& a, const auto& b) { return a.when < b.when; });
  }

  const view_store& store_;
  const lmdb::txn& txn_;
  const board_query& query_;
  board_filter filter_;
  lmdb::cursor board_, blackouts_;
  std::string prefix_;
  std::vector<blackout_doc> closed_;
};

result<std::optional<std::string>> check(const board_query& q) {
  if (q.range.empty() || q.range.length() > longest_board) return bad_range(q.range);
  std::optional<std::string> after;
  if (!q.cursor.empty()) {
    after = parse_cursor(list::board, q.cursor);
    if (!after || (!q.site.empty() && !after->starts_with(order_prefix(q.site))))
      return bad_cursor(q.cursor);
  }
  return after;
}

void append_line(std::string& out, const board_line& b, const account_id& viewer,
                 bool as_operator) {
  text::member(out, "{\"id\":", b.id);
  text::member(out, ",\"start\":", b.when.start);
  text::member(out, ",\"end\":", b.when.end);
  text::member(out, ",\"status\":", b.status);
  if (b.paid.empty()) {
    out.append(",\"paymentStatus\":null");
  } else {
    text::member(out, ",\"paymentStatus\":", b.paid);
  }
  if (as_operator || (!b.customer.empty() && b.customer == viewer.view())) {
    text::member(out, ",\"title\":", b.title);
    if (!b.customer.empty()) text::member(out, ",\"customerId\":", b.customer);
  } else {
    out.append(",\"title\":\"busy\"");
  }
  out.push_back('}');
}

board_booking booking_of(const board_line& b) {
  return {std::string(b.id),
          account_id(std::string(b.customer)),
          b.when,
          std::string(b.status),
          std::string(b.paid),
          std::string(b.title)};
}

}  // namespace

board_booking booking_of(const board_place& place, const board_entry& entry) {
  return booking_of(line_of(place, entry));
}
board_booking booking_of(const blackout_doc& d) {
  return booking_of(line_of(d));
}

result<views::board_page> lmdb_views::board(const board_query& q) const {
  auto after = check(q);
  if (!after) return std::move(after).error();
  const lmdb::read_txn txn = read();
  board_page page;
  page.position = store_.position(txn);
  const auto next =
      board_walk(store_, txn, q)
          .run(
              *after,
              [&](std::string_view id, std::string_view json) {
                page.rooms.push_back({std::string(json), room_id(std::string(id)), {}});
              },
              [&](const board_line& line) {
                page.rooms.back().bookings.push_back(booking_of(line));
              });
  if (next) page.next = make_cursor(list::board, *next);
  return page;
}

result<std::string> lmdb_views::board_json(const board_query& q, const account_id& viewer,
                                           bool as_operator) const {
  auto after = check(q);
  if (!after) return std::move(after).error();
  std::string out;
  out.reserve(64 * 1024);
  text::member(out, "{\"from\":", q.range.start);
  text::member(out, ",\"to\":", q.range.end);
  out.append(",\"rooms\":[");
  const lmdb::read_txn txn = read();
  bool first_room = true;
  bool first_line = true;
  const auto next = board_walk(store_, txn, q)
                        .run(
                            *after,
                            [&](std::string_view, std::string_view json) {
                              out.append(first_room ? "{\"room\":" : "]},{\"room\":");
                              out.append(json);
                              out.append(",\"bookings\":[");
                              first_room = false;
                              first_line = true;
                            },
                            [&](const board_line& line) {
                              if (!first_line) out.push_back(',');
                              first_line = false;
                              append_line(out, line, viewer, as_operator);
                            });
  out.append(first_room ? "],\"position\":" : "]}],\"position\":");
  text::append_position(out, store_.position(txn));
  if (next) {
    text::member(out, ",\"nextCursor\":", make_cursor(list::board, *next));
  } else {
    out.append(",\"nextCursor\":null");
  }
  out.push_back('}');
  return out;
}

}  // namespace atrium::view
