#include <charconv>

#include "http/live_feed.hpp"
#include "http/resource_routes.hpp"

namespace atrium::http {
namespace {

/// Position to resume after: Last-Event-ID, else where the read model is now.
std::optional<std::uint64_t> resume_after(const api_context& c, const request& r) {
  const auto text = r.header("last-event-id");
  if (text.empty()) return c.read.position();
  std::uint64_t position = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), position);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return position;
}

void get_events(api_context& c, const request_ptr& r, const responder_ptr& out) {
  query_reader q(*r);
  if (auto no = q.refusal()) return out->send(std::move(*no));
  const auto after = resume_after(c, *r);
  if (!after)
    return out->send(
        refuse(ec::malformed,
               "Last-Event-ID must be the id of an event of this stream. Leave it out to "
               "start now, or send 0 for everything.",
               *r));
  if (!c.feed.has_room())
    return out->send(
        refuse(ec::overloaded, "Too many live streams are open. Try again in a moment.", *r));
  c.feed.follow_events(out->stream(), r->caller, *after);
}

}  // namespace

void add_event_routes(api_context& c, routes& to) {
  to.push_back(
      {verb::get, "/v1/events", access::signed_in, "events:read", answered_by(c, get_events)});
}

}  // namespace atrium::http
