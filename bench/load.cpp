/// Load generator: closed loop (every connection sends when it has its answer) or open loop
/// (requests are due at fixed times, and latency counts from when they were due, so that a stalled
/// server is not asked less and measured kinder). One thread, one JSON line on stdout.
#include <CLI/CLI.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "bench/connection.hpp"
#include "bench/histogram.hpp"
#include "bench/request_source.hpp"

namespace atrium::bench {
namespace {

struct load_options {
  load_plan plan;
  std::uint16_t port = 8080;
  std::size_t connections = 64;
  double seconds = 10;
  double warmup = 1;
  double rate = 0;  ///< requests/s of the open loop; 0: closed loop
  /// How often what is due and what was answered is looked at; 0: at once. A rest between costs the
  /// machine less, and adds at most as much to what latency is seen.
  std::int64_t rest_us = 0;
  std::uint64_t count = 0;  ///< stop after so many requests; 0: by time
  std::string ids_file;     ///< ids of what was created, one a line; written at the end
};

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

class generator {
 public:
  explicit generator(load_options o) : options_(std::move(o)), source_(options_.plan) {}

  bool run();
  bool write_ids() const;
  void print() const;

 private:
  static constexpr std::uint64_t timer_tag = ~std::uint64_t{0};
  static constexpr std::size_t most_waiting = 1'000'000;

  bool connect_all();
  void watch(std::size_t i, bool also_write, int operation);
  void start_closed_loop();
  void start_open_loop();
  void on_timer();
  void on_ready(std::size_t i, std::uint32_t events);
  void on_answer(std::size_t i);
  void send_next(std::size_t i, std::int64_t intended_ns);
  void fail(std::size_t i);
  bool may_send(std::int64_t now) const;

  load_options options_;
  request_source source_;
  std::vector<std::unique_ptr<connection>> connections_;
  /// The longest idle one is used next: a server closes connections that are never used.
  std::deque<std::size_t> idle_;
  std::deque<std::int64_t> waiting_;  ///< due times of the open loop that found no free connection
  int epoll_ = -1;
  int timer_ = -1;
  std::int64_t begin_ns_ = 0, measure_ns_ = 0, end_ns_ = 0, last_answer_ns_ = 0;
  std::uint64_t scheduled_ = 0, sent_ = 0, failed_ = 0;
  std::size_t busy_ = 0, most_backlog_ = 0;
  histogram latencies_;
  std::map<int, histogram> statuses_;
  std::uint64_t without_retry_after_ = 0;  ///< answers 503 that do not say when to come back
  std::string ids_;  ///< in memory: a write in between may take as long as a commit
};

bool generator::connect_all() {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  for (std::size_t i = 0; i != options_.connections; ++i) {
    connections_.push_back(std::make_unique<connection>());
    if (!connections_.back()->open(options_.plan.host, options_.port)) {
      std::perror("connect");
      return false;
    }
    watch(i, false, EPOLL_CTL_ADD);
  }
  return true;
}

void generator::watch(std::size_t i, bool also_write, int operation) {
  epoll_event e{};
  e.events = EPOLLIN | (also_write ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
  e.data.u64 = i;
  ::epoll_ctl(epoll_, operation, connections_[i]->fd(), &e);
}

bool generator::may_send(std::int64_t now) const {
  return now < end_ns_ && (options_.count == 0 || sent_ < options_.count);
}

void generator::send_next(std::size_t i, std::int64_t intended_ns) {
  auto& c = *connections_[i];
  c.intended_ns = intended_ns;
  c.counted = intended_ns >= measure_ns_;
  c.busy = true;
  ++busy_;
  ++sent_;
  if (!c.send(source_.next(i))) return fail(i);
  if (c.wants_to_write()) watch(i, true, EPOLL_CTL_MOD);
}

void generator::start_closed_loop() {
  for (std::size_t i = 0; i != connections_.size(); ++i)
    if (may_send(begin_ns_)) send_next(i, now_ns());
}

void generator::start_open_loop() {
  for (std::size_t i = 0; i != connections_.size(); ++i) idle_.push_back(i);
  timer_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  epoll_event e{};
  e.events = EPOLLIN;
  e.data.u64 = timer_tag;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, timer_, &e);
  on_timer();
}

/// Takes everything that is due, then sleeps until the next is.
void generator::on_timer() {
  std::uint64_t ignored = 0;
  if (::read(timer_, &ignored, sizeof ignored) < 0) ignored = 0;
  const auto due_at = [&](std::uint64_t n) {
    return begin_ns_ + static_cast<std::int64_t>(static_cast<double>(n) * 1e9 / options_.rate);
  };
  for (auto now = now_ns(); due_at(scheduled_) <= now && may_send(due_at(scheduled_));
       ++scheduled_) {
    if (waiting_.size() < most_waiting) waiting_.push_back(due_at(scheduled_));
    while (!idle_.empty() && !waiting_.empty()) {
      const auto i = idle_.front();
      idle_.pop_front();
      send_next(i, waiting_.front());
      waiting_.pop_front();
    }
  }
  most_backlog_ = std::max(most_backlog_, waiting_.size());
  const auto next = due_at(scheduled_);
  if (!may_send(next)) return;
  itimerspec at{};
  at.it_value.tv_sec = next / 1'000'000'000;
  at.it_value.tv_nsec = next % 1'000'000'000;
  ::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &at, nullptr);
}

void generator::fail(std::size_t i) {
  ++failed_;
  if (connections_[i]->busy) --busy_;
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, connections_[i]->fd(), nullptr);
  connections_[i]->busy = false;
}

void generator::on_ready(std::size_t i, std::uint32_t events) {
  auto& c = *connections_[i];
  if ((events & EPOLLOUT) != 0) {
    if (!c.flush()) return fail(i);
    if (!c.wants_to_write()) watch(i, false, EPOLL_CTL_MOD);
  }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return;
  if (!c.busy) return fail(i);
  switch (c.receive()) {
    case connection::progress::more:
      return;
    case connection::progress::failed:
      return fail(i);
    case connection::progress::answered:
      return on_answer(i);
  }
}

void generator::on_answer(std::size_t i) {
  auto& c = *connections_[i];
  const auto now = now_ns();
  c.busy = false;
  --busy_;
  if (c.counted) {
    const auto took = static_cast<std::uint64_t>(std::max<std::int64_t>(0, now - c.intended_ns));
    latencies_.record(took);
    statuses_[c.status()].record(took);
    if (c.status() == 503 && !c.has_field("\r\nretry-after:")) ++without_retry_after_;
    last_answer_ns_ = now;
  }
  if (!options_.ids_file.empty() && c.status() == 201) {
    constexpr std::string_view label = R"("id":")";
    const auto body = c.body_start();
    const auto at = body.find(label);
    if (at != std::string_view::npos) {
      const auto rest = body.substr(at + label.size());
      ids_.append(rest.substr(0, rest.find('"'))).push_back('\n');
    }
  }
  if (options_.rate > 0) {
    if (waiting_.empty()) {
      idle_.push_back(i);
    } else {
      const auto due = waiting_.front();
      waiting_.pop_front();
      send_next(i, due);
    }
  } else if (may_send(now)) {
    send_next(i, now);
  }
}

bool generator::run() {
  if (!connect_all()) return false;
  begin_ns_ = now_ns();
  measure_ns_ = begin_ns_ + static_cast<std::int64_t>(options_.warmup * 1e9);
  end_ns_ = measure_ns_ + static_cast<std::int64_t>(options_.seconds * 1e9);
  if (options_.rate > 0)
    start_open_loop();
  else
    start_closed_loop();
  const auto give_up = end_ns_ + 30'000'000'000;
  std::array<epoll_event, 1024> ready{};
  // Answers that are still out at the end belong to the measurement: they are waited for.
  while (busy_ > 0 || !waiting_.empty() || (options_.rate > 0 && may_send(now_ns()))) {
    if (now_ns() > give_up || failed_ >= options_.connections) break;
    const int n = ::epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), 100);
    for (int k = 0; k < n; ++k) {
      const auto& e = ready[static_cast<std::size_t>(k)];
      if (e.data.u64 == timer_tag)
        on_timer();
      else
        on_ready(e.data.u64, e.events);
    }
    if (options_.rest_us > 0)
      std::this_thread::sleep_for(std::chrono::microseconds(options_.rest_us));
  }
  return true;
}

bool generator::write_ids() const {
  if (options_.ids_file.empty()) return true;
  std::ofstream out(options_.ids_file);
  return static_cast<bool>(out << ids_ << std::flush);
}

void generator::print() const {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds_of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  const double span =
      static_cast<double>(std::max<std::int64_t>(1, last_answer_ns_ - measure_ns_)) / 1e9;
  std::printf(
      "{\"connections\":%zu,\"offered_rate\":%.0f,\"requests\":%llu,\"seconds\":%.3f,\"rate\":%."
      "1f,",
      options_.connections, options_.rate, static_cast<unsigned long long>(latencies_.count()),
      span, static_cast<double>(latencies_.count()) / span);
  std::printf(
      "\"mean_us\":%.1f,\"p50_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,\"max_"
      "us\":%.1f,",
      latencies_.mean_us(), latencies_.percentile_us(50), latencies_.percentile_us(90),
      latencies_.percentile_us(99), latencies_.percentile_us(99.9), latencies_.max_us());
  std::printf(
      "\"failed_connections\":%llu,\"unanswered\":%zu,\"most_backlog\":%zu,\"sent\":%llu,\"client_"
      "cpu_s\":%.2f,\"status\":{",
      static_cast<unsigned long long>(failed_), busy_, most_backlog_,
      static_cast<unsigned long long>(sent_),
      seconds_of(used.ru_utime) + seconds_of(used.ru_stime));
  const char* comma = "";
  for (const auto& [status, n] : statuses_) {
    std::printf("%s\"%d\":%llu", comma, status, static_cast<unsigned long long>(n.count()));
    comma = ",";
  }
  std::printf("},\"without_retry_after\":%llu,\"by_status\":{",
              static_cast<unsigned long long>(without_retry_after_));
  comma = "";
  for (const auto& [status, n] : statuses_) {
    std::printf("%s\"%d\":{\"rate\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f}", comma,
                status, static_cast<double>(n.count()) / span, n.percentile_us(50),
                n.percentile_us(99), n.max_us());
    comma = ",";
  }
  std::printf("}}\n");
}

std::vector<std::string> lines_of(const std::string& file) {
  std::vector<std::string> out;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) out.push_back(line);
  return out;
}

}  // namespace
}  // namespace atrium::bench

int main(int argc, char** argv) {
  using namespace atrium::bench;
  load_options o;
  std::string kind = "get", keys, rooms, targets;
  CLI::App app("HTTP load for Atrium: closed loop, or open loop with --rate");
  app.add_option("kind", kind, "get, book or rooms")
      ->check(CLI::IsMember({"get", "book", "rooms"}));
  app.add_option("--host", o.plan.host, "IPv4 address");
  app.add_option("--port", o.port)->required();
  app.add_option("--connections", o.connections)->check(CLI::Range(1, 20000));
  app.add_option("--seconds", o.seconds);
  app.add_option("--warmup", o.warmup, "seconds before measuring");
  app.add_option("--rate", o.rate, "requests/s of an open loop");
  app.add_option("--rest-us", o.rest_us, "look at what is due and answered only so often")
      ->check(CLI::Range(0, 10'000));
  app.add_option("--count", o.count, "stop after so many requests");
  app.add_option("--keys", keys, "file of bearer keys");
  app.add_option("--rooms", rooms, "file of room ids to book");
  app.add_option("--targets", targets, "file of targets to get");
  app.add_option("--tag", o.plan.tag, "prefix of Idempotency-Keys");
  app.add_option("--first-slot", o.plan.first_slot_s, "epoch seconds of a room's first slot");
  app.add_option("--slot-minutes", o.plan.slot_minutes);
  app.add_option("--minutes", o.plan.minutes, "length of a booking");
  app.add_option("--step-minutes", o.plan.step_minutes, "of rooms that are made");
  app.add_option("--horizon-days", o.plan.horizon_days, "of rooms that are made");
  app.add_option("--first", o.plan.first, "number of the first request");
  app.add_option("--save-ids", o.ids_file, "write the ids of what was created here");
  CLI11_PARSE(app, argc, argv);
  using what = load_plan::kind;
  o.plan.what = kind == "get" ? what::fixed : kind == "book" ? what::book : what::register_rooms;
  if (!keys.empty()) o.plan.keys = lines_of(keys);
  if (!rooms.empty()) o.plan.rooms = lines_of(rooms);
  if (!targets.empty()) o.plan.targets = lines_of(targets);
  if (o.plan.what == what::fixed && o.plan.targets.empty())
    return std::fputs("--targets is empty\n", stderr), 2;
  if (o.plan.what == what::book && o.plan.rooms.empty())
    return std::fputs("--rooms is empty\n", stderr), 2;
  generator g(std::move(o));
  if (!g.run()) return 1;
  if (!g.write_ids()) return std::perror("--save-ids"), 1;
  g.print();
  return 0;
}
