#include "http/booking_lookup.hpp"

#include <algorithm>
#include <iterator>
#include <variant>

#include "persistence/stored_answer.hpp"

namespace atrium::http {
namespace {

/// A saga's stream is short; more than this is only ever retries of a parked one.
constexpr std::size_t most_saga_events = 256;

/// Of the last run: a request that was refused for the moment runs anew when it is repeated.
std::vector<stored_event> saga_events(const api_context& c, std::string_view id) {
  auto events = c.index.read_stream("saga/" + std::string(id), 1, most_saga_events);
  const auto last = std::find_if(events.rbegin(), events.rend(), [](const stored_event& e) {
    return std::holds_alternative<ev::saga_started>(e.what);
  });
  if (last != events.rend()) events.erase(events.begin(), std::prev(last.base()));
  return events;
}

template <class T>
const T* last_of(const std::vector<stored_event>& events) {
  for (auto it = events.rbegin(); it != events.rend(); ++it)
    if (const auto* found = std::get_if<T>(&it->what)) return found;
  return nullptr;
}

template <class T>
const T* result_of(const std::vector<stored_event>& events) {
  const auto* done = last_of<ev::saga_completed>(events);
  return done ? std::get_if<T>(&done->result) : nullptr;
}

/// Looks again every few milliseconds: rarely more than once, and only for what was not found.
void wait_until_known(api_context& c, const request_ptr& r, const responder_ptr& out,
                      std::uint64_t position, milliseconds left, std::function<void()> then) {
  constexpr milliseconds pause{5};
  if (c.index.position() >= position || c.read.position() >= position) return then();
  if (left < pause) return out->send(view_behind(*r));
  out->after(pause, [&c, r, out, position, left = left - pause, then = std::move(then)]() mutable {
    wait_until_known(c, r, out, position, left, std::move(then));
  });
}

}  // namespace

bool may_see(const principal& who, const account_id& owner) {
  return who.is_operator() || (!who.anonymous() && who.account == owner);
}

std::optional<reservation_doc> find_reservation(const api_context& c, const reservation_id& id) {
  if (auto shown = c.read.reservation(id)) return shown;
  const auto events = saga_events(c, id.view());
  if (!result_of<ev::booking_result>(events)) return {};
  const auto held = read_held(c.log, events.front().position);
  if (!held) return {};
  const auto done = booked_answer(*held);
  return reservation_doc{.booked = done.booked,
                         .paid = payment_status::captured,
                         .captured = done.captured,
                         .position = events.back().position};
}

std::optional<hold_doc> find_hold(const api_context& c, const hold_id& id) {
  if (auto shown = c.read.hold(id)) return shown;
  const auto events = saga_events(c, id.view());
  const auto* started = last_of<ev::saga_started>(events);
  const auto* done = result_of<ev::hold_result>(events);
  if (!started || !done) return {};
  const auto room = c.read.room(done->room);
  return hold_doc{done->id,
                  done->room,
                  started->principal,
                  done->when,
                  room ? room->facts.time_zone : std::string(),
                  done->party_size,
                  done->price,
                  done->expires_at,
                  "active"};
}

namespace {

std::string render(const customer_action& a) {
  std::string out = ",\"nextAction\":{\"type\":" + json_text(a.type);
  if (!a.url.empty()) out += ",\"url\":" + json_text(a.url);
  if (!a.client_secret.empty()) out += ",\"clientSecret\":" + json_text(a.client_secret);
  return out + ",\"expiresAt\":" + json_text(format_instant(a.expires_at)) + "}";
}

}  // namespace

std::string render_pending(const saga_id& id, const ev::booking_request& asked,
                           const customer_action* next) {
  return "{\"id\":" + json_text(id.view()) +
         ",\"status\":\"awaiting_payment\",\"roomId\":" + json_text(asked.room.view()) +
         ",\"start\":" + json_text(format_instant(asked.when.start)) +
         ",\"end\":" + json_text(format_instant(asked.when.end)) +
         (next != nullptr ? render(*next) : std::string()) + "}";
}

response explain_missing(const api_context& c, const reservation_id& id, const request& r) {
  const auto events = saga_events(c, id.view());
  const auto* started = last_of<ev::saga_started>(events);
  const auto* asked = started ? std::get_if<ev::booking_request>(&started->input) : nullptr;
  if (!asked || !may_see(r.caller, started->principal)) return not_found("reservation", r);
  if (const auto* refused = result_of<failure>(events))
    return refuse(ec::not_found,
                  "No reservation came of this request: it was refused with \"" +
                      std::string(to_string(refused->code)) + "\". " + refused->detail +
                      " Book again with a new Idempotency-Key.",
                  r);
  return json_answer(200, render_pending(started->id, *asked));
}

void when_known(api_context& c, const request_ptr& r, const responder_ptr& out,
                std::function<void()> then) {
  wait_until_known(c, r, out, c.log.durable_position(), view_wait, std::move(then));
}

void with_reservation(api_context& c, const request_ptr& r, const responder_ptr& out,
                      std::function<void(reservation_doc)> then) {
  const auto id = id_param<reservation_id>(*r);
  auto found = find_reservation(c, id);
  if (found && may_see(r->caller, found->booked.customer)) return then(std::move(*found));
  if (found) return out->send(not_found("reservation", *r));
  when_known(c, r, out, [&c, r, out, id, then = std::move(then)] {
    auto again = find_reservation(c, id);
    if (again && may_see(r->caller, again->booked.customer)) return then(std::move(*again));
    out->send(not_found("reservation", *r));
  });
}

}  // namespace atrium::http
