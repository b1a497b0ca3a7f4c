#include "http/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <sstream>

#include "http/live_feed.hpp"
#include "http/probe.hpp"
#include "http/problem_texts.hpp"

namespace atrium::http {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using labels = std::vector<ClientMetric::Label>;

constexpr std::size_t most_listed = 1'000;
constexpr std::array<std::string_view, 6> classes{"", "1xx", "2xx", "3xx", "4xx", "5xx"};

double value_of(const counter& c) {
  return static_cast<double>(c.load(std::memory_order_relaxed));
}

/// Families in the order they were first named.
class collection {
 public:
  void gauge(const std::string& name, const std::string& help, double value, labels with = {}) {
    auto& m = add(name, help, MetricType::Gauge, std::move(with));
    m.gauge.value = value;
  }
  void counted(const std::string& name, const std::string& help, double value, labels with = {}) {
    auto& m = add(name, help, MetricType::Counter, std::move(with));
    m.counter.value = value;
  }
  ClientMetric& add(const std::string& name, const std::string& help, MetricType type,
                    labels with) {
    const auto [at, is_new] = index_.try_emplace(name, families_.size());
    if (is_new) families_.push_back({name, help, type, {}});
    auto& m = families_[at->second].metric.emplace_back();
    m.label = std::move(with);
    return m;
  }
  std::string text() const {
    std::ostringstream out;
    prometheus::TextSerializer{}.Serialize(out, families_);
    return out.str();
  }

 private:
  std::vector<MetricFamily> families_;
  std::map<std::string, std::size_t> index_;
};

void add_latency(collection& to, const route_probe& from, labels with) {
  auto& m = to.add("atrium_http_request_seconds", "Time to answer, from the complete head.",
                   MetricType::Histogram, std::move(with));
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < from.latency.size(); ++i) {
    sum += from.latency[i].load(std::memory_order_relaxed);
    const double bound = i < latency_bounds_us.size() ? latency_bounds_us[i] / 1e6
                                                      : std::numeric_limits<double>::infinity();
    m.histogram.bucket.push_back({sum, bound});
  }
  m.histogram.sample_count = sum;
  m.histogram.sample_sum = value_of(from.total_us) / 1e6;
}

void add_routes(collection& to, const probe& from) {
  for (std::size_t i = 0; i < from.routes.size(); ++i) {
    const auto& name = i < from.route_names.size() ? from.route_names[i] : std::string("none");
    bool used = false;
    for (std::size_t k = 1; k < classes.size(); ++k) {
      const double n = value_of(from.routes[i].by_class[k]);
      if (n == 0) continue;
      used = true;
      to.counted("atrium_http_requests_total", "Requests answered, by route and class of status.",
                 n, {{"route", name}, {"status", std::string(classes[k])}});
    }
    if (used) add_latency(to, from.routes[i], {{"route", name}});
  }
}

void add_transport(collection& to, const probe& from) {
  add_routes(to, from);
  const auto problems = all_problem_texts();
  for (std::size_t i = 0; i < from.problems.size() && i < problems.size(); ++i)
    if (const double n = value_of(from.problems[i]); n > 0)
      to.counted("atrium_http_problems_total", "Problem answers, by type.", n,
                 {{"problem", std::string(problems[i].name)}});
  const auto total = [&](const char* name, const char* help, const counter& c) {
    to.counted(name, help, value_of(c));
  };
  const auto now = [&](const char* name, const char* help, const counter& c) {
    to.gauge(name, help, value_of(c));
  };
  total("atrium_http_connections_accepted_total", "Connections accepted.",
        from.connections_accepted);
  total("atrium_http_connections_refused_total", "Connections over the limit.",
        from.connections_refused);
  total("atrium_http_connections_timed_out_total", "Connections cut by a deadline.",
        from.connections_timed_out);
  total("atrium_http_tls_handshakes_total", "TLS handshakes that succeeded.", from.tls_handshakes);
  total("atrium_http_tls_handshakes_failed_total", "TLS handshakes that failed or were late.",
        from.tls_handshakes_failed);
  total("atrium_http_received_bytes_total", "Bytes read from clients.", from.bytes_received);
  total("atrium_http_sent_bytes_total", "Bytes written to clients.", from.bytes_sent);
  now("atrium_http_connections", "Open connections.", from.connections_open);
  now("atrium_http_requests_in_flight", "Requests not yet answered.", from.requests_in_flight);
  now("atrium_http_streams", "Open server-sent event streams.", from.streams_open);
  now("atrium_http_held_body_bytes", "Bytes of bodies held in memory.", from.body_bytes_held);
}

void add_journal(collection& to, const api_context& c) {
  to.gauge("atrium_journal_position", "Position of the last durable event.",
           static_cast<double>(c.log.durable_position()));
  to.gauge("atrium_journal_backlog", "Batches that wait to become durable.",
           static_cast<double>(c.log.backlog()));
  if (!c.journal_numbers) return;
  const auto n = c.journal_numbers();
  const auto total = [&](const char* name, const char* help, std::uint64_t v) {
    to.counted(name, help, static_cast<double>(v));
  };
  total("atrium_journal_events_total", "Events written.", n.events);
  total("atrium_journal_batches_total", "Batches written.", n.batches);
  total("atrium_journal_commits_total", "Durable commits.", n.commits);
  total("atrium_journal_bytes_total", "Bytes of records written.", n.bytes);
  to.gauge("atrium_journal_last_commit_seconds", "Time of the last commit.",
           static_cast<double>(n.last_commit_us) / 1e6);
  to.gauge("atrium_journal_max_commit_seconds", "Time of the slowest commit.",
           static_cast<double>(n.max_commit_us) / 1e6);
  to.gauge("atrium_journal_map_bytes", "Size of the memory map.", static_cast<double>(n.map_size));
  to.gauge("atrium_journal_used_bytes", "Used part of the memory map.",
           static_cast<double>(n.map_used));
}

void add_engine(collection& to, const api_context& c) {
  to.gauge("atrium_commands_in_flight", "Commands given to the actors and not yet answered.",
           static_cast<double>(c.commands.in_flight()));
  const auto load = c.commands.load();
  to.gauge("atrium_admission_limit", "Commands that may be in flight now, by kind of work.",
           static_cast<double>(load.limit), {{"work", "ordinary"}});
  to.gauge("atrium_admission_limit", "Commands that may be in flight now, by kind of work.",
           static_cast<double>(load.limit_urgent), {{"work", "urgent"}});
  to.gauge("atrium_admission_step_seconds", "Mean latency of a step, which the limit follows.",
           static_cast<double>(load.step_us) / 1e6);
  to.gauge("atrium_admission_wait_seconds", "Mean wait of requests to be read by an io thread.",
           static_cast<double>(load.wait_us) / 1e6);
  to.gauge("atrium_admission_drained_per_second", "Commands that ended in the last second of work.",
           static_cast<double>(load.per_second));
  to.counted("atrium_admission_refused_total", "Commands refused as overloaded, by reason.",
             static_cast<double>(load.refused_full), {{"reason", "full"}});
  to.counted("atrium_admission_refused_total", "Commands refused as overloaded, by reason.",
             static_cast<double>(load.refused_over_share), {{"reason", "over-share"}});
  const auto all = c.commands.census();
  for (const auto& [state, n] : all.sagas)
    to.gauge("atrium_sagas", "Sagas that run or are parked, by state.", static_cast<double>(n),
             {{"state", state}});
  to.gauge("atrium_sagas_stuck", "Sagas that are at one step for longer than they should be.",
           static_cast<double>(all.stuck));
  for (const auto& [kind, k] : all.kinds) {
    const labels with{{"kind", kind}};
    const auto show = [&](const char* name, const char* help, std::uint64_t v) {
      to.gauge(name, help, static_cast<double>(v), with);
    };
    show("atrium_actors", "Live actors, by kind.", k.actors);
    show("atrium_actor_queued", "Messages in the mailboxes of live actors.", k.queued);
    show("atrium_actor_handled", "Messages handled by live actors.", k.handled);
    show("atrium_actor_failed", "Messages that live actors failed on.", k.failed);
  }
}

void add_histogram(collection& to, const metric_sample& s, labels with) {
  auto& m = to.add(s.name, s.help, MetricType::Histogram, std::move(with));
  for (const auto& [bound, count] : s.buckets) m.histogram.bucket.push_back({count, bound});
  m.histogram.bucket.push_back({s.count, std::numeric_limits<double>::infinity()});
  m.histogram.sample_count = s.count;
  m.histogram.sample_sum = s.value;
}

void add_projections(collection& to, const api_context& c) {
  if (!c.followers) return;
  for (const auto& f : c.followers()) {
    const labels with{{"projection", f.name}};
    to.gauge("atrium_projection_position", "Journal position applied.",
             static_cast<double>(f.position), with);
    to.gauge("atrium_projection_lag", "Events not yet applied.", static_cast<double>(f.lag), with);
    to.gauge("atrium_projection_paused", "1 while paused.", f.paused ? 1 : 0, with);
  }
}

}  // namespace

std::string render_metrics(const api_context& c) {
  collection all;
  all.gauge("atrium_info", "The running program.", 1, {{"version", c.version}});
  all.gauge("atrium_start_time_seconds", "Start of the process, seconds since the epoch.",
            static_cast<double>(c.started_at.time_since_epoch().count()) / 1e3);
  if (const auto* transport = c.transport ? c.transport() : nullptr) add_transport(all, *transport);
  add_journal(all, c);
  add_projections(all, c);
  add_engine(all, c);
  all.gauge("atrium_live_streams", "Streams the live feed serves.",
            static_cast<double>(c.feed.streams()));
  for (const auto& source : c.metric_sources)
    for (const auto& s : source()) {
      labels with;
      for (const auto& [name, value] : s.labels) with.push_back({name, value});
      if (s.is == metric_sample::kind::histogram)
        add_histogram(all, s, std::move(with));
      else if (s.is == metric_sample::kind::counter)
        all.counted(s.name, s.help, s.value, std::move(with));
      else
        all.gauge(s.name, s.help, s.value, std::move(with));
    }
  return all.text();
}

}  // namespace atrium::http
