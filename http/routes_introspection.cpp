#include "http/drills.hpp"
#include "http/json_object.hpp"
#include "http/live_feed.hpp"
#include "http/routes_common.hpp"
#include "notifications/delivery_desk.hpp"

namespace atrium::http {
namespace {

constexpr std::size_t most_listed = 1'000;

std::string render(const actor_info& a) {
  return json_object()
      .number("id", a.id)
      .text("kind", a.kind)
      .text("key", a.key)
      .number("handled", a.handled)
      .number("failed", a.failed)
      .number("queued", a.queued)
      .number("oldestMs", a.oldest_ms)
      .number("meanUs", a.mean_us)
      .number("maxUs", a.max_us)
      .text("lastError", a.last_error)
      .done();
}

std::string render(const follower::status& f) {
  return json_object()
      .text("name", f.name)
      .number("position", f.position)
      .number("lag", f.lag)
      .flag("paused", f.paused)
      .text("lastError", f.last_error)
      .number("events", f.events)
      .done();
}

std::string render(const destination_record& d) {
  const auto since =
      d.failing_since ? json_text(format_instant(*d.failing_since)) : std::string("null");
  return json_object()
      .text("name", d.name)
      .number("waiting", d.waiting)
      .raw("failingSince", since)
      .done();
}

std::string render(const delivery_engine::status& s) {
  std::vector<std::string> destinations;
  for (const auto& d : s.destinations) destinations.push_back(render(d));
  return json_object()
      .text("channel", s.channel)
      .number("position", s.position)
      .flag("paused", s.paused)
      .number("underWay", s.under_way)
      .number("delivered", s.delivered)
      .number("failed", s.failed)
      .number("parked", s.parked)
      .text("lastError", s.last_error)
      .raw("destinations", json_list(destinations))
      .done();
}

template <class Items>
response listed(const request& r, const Items& items) {
  std::vector<std::string> out;
  for (const auto& i : items) out.push_back(render(i));
  return list_answer(r, out, "");
}

std::string render_projections(const api_context& c) {
  std::vector<std::string> out;
  if (c.followers)
    for (const auto& f : c.followers()) out.push_back(render(f));
  return json_list(out);
}

response views_now(const api_context& c, const request& r) {
  json_object tables;
  for (const auto& [name, size] : c.read.table_sizes()) tables.number(name, size);
  return document(r, json_object()
                         .number("position", c.read.position())
                         .number("lag", c.log.durable_position() -
                                            std::min(c.log.durable_position(), c.read.position()))
                         .raw("projections", render_projections(c))
                         .raw("tables", tables.done())
                         .done());
}

response journal_now(const api_context& c, const request& r) {
  const auto n = c.journal_numbers ? c.journal_numbers() : journal_stats{};
  return document(r, json_object()
                         .number("position", c.log.durable_position())
                         .number("shards", c.log.shards())
                         .number("backlog", c.log.backlog())
                         .number("events", n.events)
                         .number("batches", n.batches)
                         .number("commits", n.commits)
                         .number("bytes", n.bytes)
                         .number("lastCommitUs", n.last_commit_us)
                         .number("maxCommitUs", n.max_commit_us)
                         .number("mapSize", n.map_size)
                         .number("mapUsed", n.map_used)
                         .done());
}

std::string render(const load_info& l) {
  return json_object()
      .number("inFlight", l.in_flight)
      .number("limit", l.limit)
      .number("limitUrgent", l.limit_urgent)
      .number("limitLeast", l.limit_least)
      .number("limitMost", l.limit_most)
      .number("stepUs", l.step_us)
      .number("targetUs", l.target_us)
      .number("waitUs", l.wait_us)
      .number("drainedPerSecond", l.per_second)
      .number("done", l.done)
      .number("refusedFull", l.refused_full)
      .number("refusedOverShare", l.refused_over_share)
      .done();
}

/// Names of what is stopped for a drill.
std::string stopped(const api_context& c) {
  std::vector<std::string> names;
  if (c.drill != nullptr)
    for (const auto& s : c.drill->describe())
      if (s.stopped) names.push_back(json_text(to_string(s.what)));
  return json_list(names);
}

response summary(const api_context& c, const request& r) {
  const auto all = c.commands.census();
  desk_census::of_kind sum;
  json_object by_kind, by_state;
  for (const auto& [kind, k] : all.kinds) {
    by_kind.number(kind, k.actors);
    sum.queued += k.queued;
    sum.failed += k.failed;
    sum.oldest_ms = std::max(sum.oldest_ms, k.oldest_ms);
  }
  for (const auto& [state, n] : all.sagas) by_state.number(state, n);
  const auto now = c.clock.now();
  const auto durable = c.log.durable_position();
  return document(r,
                  json_object()
                      .text("version", c.version)
                      .text("startedAt", format_instant(c.started_at))
                      .number("uptimeMs", static_cast<std::uint64_t>((now - c.started_at).count()))
                      .number("inFlight", c.commands.in_flight())
                      .raw("admission", render(c.commands.load()))
                      .raw("actors", by_kind.done())
                      .number("queued", sum.queued)
                      .number("oldestMs", sum.oldest_ms)
                      .number("failed", sum.failed)
                      .raw("sagas", by_state.done())
                      .number("sagasStuck", all.stuck)
                      .number("journalPosition", durable)
                      .number("journalBacklog", c.log.backlog())
                      .number("viewsPosition", c.read.position())
                      .number("viewsLag", durable - std::min(durable, c.read.position()))
                      .number("liveStreams", c.feed.streams())
                      .raw("stopped", stopped(c))
                      .flag("draining", c.draining && c.draining())
                      .done());
}

}  // namespace

void add_introspection_routes(api_context& c, routes& to) {
  const auto add = [&](const std::string& name, auto f) {
    const auto show = [&c, f](const request& r) {
      query_reader q(r);
      const auto limit = q.limit(200, most_listed);
      if (auto no = q.refusal()) return std::move(*no);
      return f(c, r, limit);
    };
    to.push_back({verb::get, "/v1/introspection/" + name, access::operators, "introspection:read",
                  [show](const request_ptr& r, const responder_ptr& out) { out->send(show(*r)); }});
  };
  add("summary", [](const api_context& x, const request& r, std::size_t) { return summary(x, r); });
  add("actors", [](const api_context& x, const request& r, std::size_t most) {
    return listed(r, x.commands.actors(most));
  });
  add("journal",
      [](const api_context& x, const request& r, std::size_t) { return journal_now(x, r); });
  add("deliveries", [](const api_context& x, const request& r, std::size_t most) {
    auto channels =
        x.deliveries != nullptr ? x.deliveries->channels() : std::vector<delivery_engine::status>{};
    for (auto& c : channels)
      if (c.destinations.size() > most) c.destinations.resize(most);
    return listed(r, channels);
  });
  add("views", [](const api_context& x, const request& r, std::size_t) { return views_now(x, r); });
}

}  // namespace atrium::http
