#include "http/history.hpp"

#include <algorithm>
#include <type_traits>
#include <unordered_set>

namespace atrium::http {
namespace {

constexpr std::size_t page_size = 256;
constexpr std::size_t most_scanned = 50'000;
constexpr std::size_t most_rooms = 32;

/// Room events name their reservation `id`, payment events `reservation`.
bool concerns(const event& e, const reservation_id& id) {
  return std::visit(
      [&id](const auto& what) {
        using T = std::decay_t<decltype(what)>;
        if constexpr (requires {
                        { what.reservation } -> std::convertible_to<reservation_id>;
                      })
          return what.reservation == id;
        else if constexpr (requires {
                             { what.id } -> std::convertible_to<reservation_id>;
                           })
          return what.id == id;
        else
          return static_cast<void>(sizeof(T)), false;
      },
      e);
}

/// Number of the first event of the stream at or after a journal position, by bisection: streams
/// are numbered without gaps and positions grow along them.
std::uint64_t first_seq_at(const stream_index& index, const std::string& stream,
                           std::uint64_t position) {
  const auto before = [&](std::uint64_t seq) {
    const auto one = index.read_stream(stream, seq, 1);
    return !one.empty() && one.front().position < position;
  };
  std::uint64_t low = 1, high = 1;
  while (before(high)) {
    low = high;
    high *= 2;
  }
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    if (before(middle))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

void append_room_events(const api_context& c, const reservation_doc& doc, std::uint64_t since,
                        std::vector<stored_event>& to) {
  const auto stream = "room/" + doc.booked.room.str();
  auto seq = first_seq_at(c.index, stream, since);
  for (std::size_t scanned = 0; scanned < most_scanned; scanned += page_size) {
    auto events = c.index.read_stream(stream, seq, page_size);
    for (auto& e : events) {
      if (e.position > doc.position) return;
      seq = e.seq + 1;
      if (concerns(e.what, doc.booked.id)) to.push_back(std::move(e));
    }
    if (events.size() < page_size) return;
  }
}

/// The rooms that the booking was in before, as its moves name them.
void append_former_rooms(const api_context& c, reservation_doc doc, std::uint64_t since,
                         std::vector<stored_event>& to) {
  std::unordered_set<std::string> seen{doc.booked.room.str()};
  for (std::size_t i = 0; i < to.size() && seen.size() < most_rooms; ++i) {
    const auto* moved = std::get_if<ev::reservation_changed>(&to[i].what);
    if (moved == nullptr || !seen.insert(moved->from.str()).second) continue;
    doc.booked.room = moved->from;
    append_room_events(c, doc, since, to);
  }
}

/// Refunds run in the saga of the cancellation, changes in one of their own: the rooms' events name
/// it as their cause.
void append_other_sagas(const api_context& c, const reservation_doc& doc,
                        std::vector<stored_event>& to) {
  std::unordered_set<std::string> sagas;
  for (const auto& e : to) {
    const bool is_by_saga = std::holds_alternative<ev::reservation_cancelled>(e.what) ||
                            std::holds_alternative<ev::refund_granted>(e.what) ||
                            std::holds_alternative<ev::reservation_change_held>(e.what);
    if (is_by_saga && e.causation != doc.booked.id.str()) sagas.insert(e.causation);
  }
  for (const auto& id : sagas)
    for (auto& e : c.index.read_stream("saga/" + id, 1, page_size)) to.push_back(std::move(e));
}

void hide_secrets(event& e) {
  if (auto* asked = std::get_if<ev::payment_action_required>(&e)) asked->url.clear();
  auto* started = std::get_if<ev::saga_started>(&e);
  if (!started) return;
  started->fingerprint.clear();
  if (auto* booking = std::get_if<ev::booking_request>(&started->input))
    booking->payment.token.clear();
  if (auto* change = std::get_if<ev::change_request>(&started->input))
    change->payment.token.clear();
}

}  // namespace

std::vector<stored_event> read_history(const api_context& c, const reservation_doc& doc) {
  auto events = c.index.read_stream("saga/" + doc.booked.id.str(), 1, page_size);
  const auto since = events.empty() ? 1 : events.front().position;
  append_room_events(c, doc, since, events);
  append_former_rooms(c, doc, since, events);
  append_other_sagas(c, doc, events);
  std::sort(events.begin(), events.end(),
            [](const auto& a, const auto& b) { return a.position < b.position; });
  return events;
}

std::string render_history_entry(const stored_event& e) {
  auto what = e.what;
  hide_secrets(what);
  return "{\"position\":" + std::to_string(e.position) + ",\"type\":" + json_text(e.type) +
         ",\"at\":" + json_text(format_instant(e.at)) + ",\"actor\":" + json_text(e.actor) +
         ",\"data\":" + encode_data(what) + "}";
}

}  // namespace atrium::http
