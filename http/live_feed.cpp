#include "http/live_feed.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "http/public_events.hpp"

namespace atrium::http {
namespace {

using steady = std::chrono::steady_clock;

/// Most journal events read in one turn for everybody.
constexpr std::size_t most_per_turn = 1'000;
/// Pause between two steps of streams that catch up, so that their clients can read.
constexpr std::chrono::milliseconds catch_up_pause{10};

struct fed_event {
  std::uint64_t position = 0;
  board_change change;
  std::optional<public_event> shown;
};

struct event_follower {
  std::shared_ptr<event_stream> to;
  principal who;
  std::uint64_t at = 0;  ///< last position looked at
};

struct board_follower {
  std::shared_ptr<event_stream> to;
  principal who;
  board_query query;
  bool dirty = true;
  steady::time_point next{};
  std::size_t last_hash = 0;
};

bool touches(const board_query& q, const board_change& change) {
  if (!change.any) return false;
  if (!q.room.empty() && !change.room.empty() && q.room != change.room) return false;
  return !change.when || change.when->overlaps(q.range);
}

/// The position in the text changes with every event anywhere; the rest tells whether this board
/// did.
std::size_t hash_without_position(std::string_view json) {
  const auto at = json.rfind("\"position\":");
  if (at == std::string_view::npos) return std::hash<std::string_view>{}(json);
  const auto end = json.find_first_of(",}", at);
  const auto tail = end == std::string_view::npos ? std::string_view{} : json.substr(end);
  return std::hash<std::string_view>{}(json.substr(0, at)) * 31 +
         std::hash<std::string_view>{}(tail);
}

}  // namespace

struct live_feed::state {
  state(views& r, const journal& l, options o) : read(r), log(l), limits(o) {}

  void run();
  bool sleep();
  void take_orders();
  void read_new();
  std::vector<fed_event> read_events(std::uint64_t after, std::uint64_t until,
                                     std::size_t most) const;
  void deliver(const std::vector<fed_event>& events, std::uint64_t from, std::uint64_t until);
  void catch_up();
  void refresh_boards();
  void refresh(board_follower& b);
  void drop_closed();

  views& read;
  const journal& log;
  const options limits;

  mutable std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false, running = false, orders = false;
  std::uint64_t reached = 0;
  std::vector<event_follower> new_events;
  std::vector<board_follower> new_boards;
  std::vector<account_id> ended;
  std::size_t count = 0;  ///< streams admitted and not yet seen closed
  std::thread thread;

  // Below: the feed's thread only.
  std::uint64_t cursor = 0;
  bool behind = false;
  std::vector<event_follower> event_followers;
  std::vector<board_follower> board_followers;
};

bool live_feed::state::sleep() {
  auto until = steady::now() + limits.idle;
  if (behind) until = steady::now() + catch_up_pause;
  for (const auto& b : board_followers)
    if (b.dirty) until = std::min(until, b.next);
  std::unique_lock lock(mutex);
  wake.wait_until(lock, until, [&] { return stopping || orders || reached > cursor; });
  return !stopping;
}

void live_feed::state::take_orders() {
  const std::lock_guard lock(mutex);
  orders = false;
  for (auto& e : new_events) event_followers.push_back(std::move(e));
  for (auto& b : new_boards) board_followers.push_back(std::move(b));
  new_events.clear();
  new_boards.clear();
  const auto leaves = [this](const auto& f) {
    return std::find(ended.begin(), ended.end(), f.who.account) != ended.end();
  };
  std::erase_if(event_followers, leaves);
  std::erase_if(board_followers, leaves);
  ended.clear();
}

std::vector<fed_event> live_feed::state::read_events(std::uint64_t after, std::uint64_t until,
                                                     std::size_t most) const {
  std::vector<stored_event> stored;
  log.read(after + 1, most, [&](std::uint64_t position, std::string_view record) {
    if (position > until) return false;
    if (auto e = decode_record(position, record)) stored.push_back(std::move(*e));
    return true;
  });
  // Whose event it is comes from the read model: not inside the journal's read transaction.
  std::vector<fed_event> out;
  out.reserve(stored.size());
  for (const auto& e : stored)
    out.push_back({e.position, board_change_of(e), make_public(e, read)});
  return out;
}

void live_feed::state::deliver(const std::vector<fed_event>& events, std::uint64_t from,
                               std::uint64_t until) {
  for (auto& f : event_followers) {
    if (f.at < from || f.at >= until) continue;
    for (const auto& e : events) {
      if (e.position <= f.at || !e.shown || !sees(f.who, *e.shown)) continue;
      if (!f.to->send(std::to_string(e.position), e.shown->type, e.shown->json)) break;
    }
    f.at = until;
  }
  for (auto& b : board_followers)
    for (const auto& e : events) b.dirty = b.dirty || touches(b.query, e.change);
}

void live_feed::state::read_new() {
  std::uint64_t target;
  {
    const std::lock_guard lock(mutex);
    target = reached;
  }
  if (event_followers.empty() && board_followers.empty()) cursor = target;
  while (cursor < target) {
    const auto until = std::min<std::uint64_t>(target, cursor + most_per_turn);
    deliver(read_events(cursor, until, most_per_turn), cursor, until);
    cursor = until;
  }
}

void live_feed::state::catch_up() {
  behind = false;
  for (auto& f : event_followers) {
    if (f.at >= cursor || !f.to->open()) continue;
    const auto until = std::min<std::uint64_t>(cursor, f.at + limits.catch_up_events);
    for (const auto& e : read_events(f.at, until, limits.catch_up_events))
      if (e.shown && sees(f.who, *e.shown) &&
          !f.to->send(std::to_string(e.position), e.shown->type, e.shown->json))
        break;
    f.at = until;
    behind = behind || f.at < cursor;
  }
}

void live_feed::state::refresh(board_follower& b) {
  b.dirty = false;
  b.next = steady::now() + limits.board_pause;
  const auto json = read.board_json(b.query, b.who.account, b.who.is_operator());
  if (!json) return;
  const auto hash = hash_without_position(*json);
  if (hash == b.last_hash) return;
  b.last_hash = hash;
  b.to->send(std::to_string(read.position()), "board", *json);
}

void live_feed::state::refresh_boards() {
  const auto now = steady::now();
  for (auto& b : board_followers)
    if (b.dirty && b.next <= now && b.to->open()) refresh(b);
}

void live_feed::state::drop_closed() {
  const auto closed = [](const auto& f) { return !f.to->open(); };
  std::erase_if(event_followers, closed);
  std::erase_if(board_followers, closed);
  const std::lock_guard lock(mutex);
  count = event_followers.size() + board_followers.size() + new_events.size() + new_boards.size();
}

void live_feed::state::run() {
  while (sleep()) {
    take_orders();
    read_new();
    catch_up();
    refresh_boards();
    drop_closed();
  }
  event_followers.clear();
  board_followers.clear();
}

live_feed::live_feed(views& read, const journal& log, options o)
    : state_(std::make_shared<state>(read, log, o)) {
  // The read model keeps its subscribers for ever; it may outlive this feed.
  read.subscribe([weak = std::weak_ptr<state>(state_)](std::uint64_t position) {
    const auto s = weak.lock();
    if (!s) return;
    {
      const std::lock_guard lock(s->mutex);
      s->reached = std::max(s->reached, position);
    }
    s->wake.notify_one();
  });
}

live_feed::~live_feed() {
  stop();
}

void live_feed::start() {
  auto& s = *state_;
  const std::lock_guard lock(s.mutex);
  if (s.running) return;
  s.running = true;
  s.stopping = false;
  s.reached = std::max(s.reached, s.read.position());
  s.cursor = s.reached;
  s.thread = std::thread([&s] { s.run(); });
}

void live_feed::stop() {
  auto& s = *state_;
  {
    const std::lock_guard lock(s.mutex);
    if (!s.running) return;
    s.running = false;
    s.stopping = true;
  }
  s.wake.notify_one();
  s.thread.join();
  const std::lock_guard lock(s.mutex);
  s.new_events.clear();
  s.new_boards.clear();
  s.count = 0;
}

bool live_feed::has_room() const {
  const std::lock_guard lock(state_->mutex);
  return state_->running && state_->count < state_->limits.most_streams;
}

void live_feed::follow_events(std::shared_ptr<event_stream> to, principal who,
                              std::uint64_t after) {
  auto& s = *state_;
  {
    const std::lock_guard lock(s.mutex);
    if (!s.running) return;
    s.new_events.push_back({std::move(to), std::move(who), after});
    s.orders = true;
    ++s.count;
  }
  s.wake.notify_one();
}

void live_feed::follow_board(std::shared_ptr<event_stream> to, principal who, board_query query) {
  auto& s = *state_;
  {
    const std::lock_guard lock(s.mutex);
    if (!s.running) return;
    s.new_boards.push_back({std::move(to), std::move(who), std::move(query)});
    s.orders = true;
    ++s.count;
  }
  s.wake.notify_one();
}

void live_feed::end_streams_of(const account_id& account) {
  {
    const std::lock_guard lock(state_->mutex);
    if (!state_->running) return;
    state_->ended.push_back(account);
    state_->orders = true;
  }
  state_->wake.notify_one();
}

std::size_t live_feed::streams() const {
  const std::lock_guard lock(state_->mutex);
  return state_->count;
}

}  // namespace atrium::http
