// From the outbox to the destinations, and what became of it.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "notifications/delivery_engine_impl.hpp"

namespace atrium {

bool delivery_engine::impl::begin(const delivery& d) {
  {
    const std::scoped_lock lock(post->mutex);
    ++post->under_way;
  }
  const bool begun = at.channel.send(d, [to = post, d](delivery_outcome how) {
    const std::scoped_lock lock(to->mutex);
    --to->under_way;
    to->ended.push_back({d, std::move(how)});
    to->wake.notify_all();
  });
  if (begun) return true;
  const std::scoped_lock lock(post->mutex);
  --post->under_way;
  return false;
}

/// Starts what is due for one destination; returns how many.
std::size_t delivery_engine::impl::start_lane(const std::string& name, lane& l, std::size_t room) {
  const auto now = at.clock.now();
  if (!l.may_start(now, rules.most_per_destination)) return 0;
  std::vector<std::uint64_t> ready;
  at.box.each_waiting(name, [&](std::uint64_t position, instant due) {
    if (due > now) return false;
    if (!l.is_under_way(position)) ready.push_back(position);
    return ready.size() < std::min(room, rules.most_per_destination);
  });
  std::size_t begun = 0;
  for (const auto position : ready) {
    if (!l.may_start(now, rules.most_per_destination)) break;
    const auto d = at.box.find(name, position);
    // Its event is read again to be sent, which the views may not have reached after a rebuild.
    if (!d || position > at.read.position()) continue;
    if (!l.start(position, now)) break;
    if (!begin(*d)) {
      l.ended(position, {delivery_outcome::kind::stopped, 0, {}, {}}, now, 0);
      break;
    }
    ++begun;
  }
  return begun;
}

bool delivery_engine::impl::start_some() {
  std::size_t room = 0;
  {
    const std::scoped_lock lock(post->mutex);
    if (post->under_way < rules.most_under_way) room = rules.most_under_way - post->under_way;
  }
  bool any = false;
  // Begins behind whom it served last, so that the places go round.
  auto it = lanes.upper_bound(last_served);
  for (auto n = lanes.size(); n > 0 && room > 0; --n) {
    if (it == lanes.end()) it = lanes.begin();
    const auto begun = start_lane(it->first, it->second, room);
    if (begun > 0) last_served = it->first;
    room -= std::min(room, begun);
    any = any || begun > 0;
    if (!is_over(it->first, it->second)) {
      ++it;
      continue;
    }
    const auto endpoint = at.channel.reached_by(it->first);
    it = lanes.erase(it);
    breakers.tidy(endpoint, at.clock.now());
  }
  return any;
}

lane& delivery_engine::impl::lane_of(const std::string& destination) {
  const auto found = lanes.find(destination);
  if (found != lanes.end()) return found->second;
  return lanes.emplace(destination, lane(breakers.of(at.channel.reached_by(destination))))
      .first->second;
}

/// Its destination has gone; the breaker with it, unless others use it.
void delivery_engine::impl::drop_lane(const std::string& destination) {
  lanes.erase(destination);
  const auto endpoint = at.channel.reached_by(destination);
  if (endpoint == destination) breakers.forget(endpoint);
}

/// A lane that has nothing to do and nothing to remember.
bool delivery_engine::impl::is_over(const std::string& name, const lane& l) const {
  const auto left = waiting.find(name);
  return l.is_idle() && !l.failing_since() && (left == waiting.end() || left->second == 0);
}

// ---- outcomes ----------------------------------------------------------------------------------

void delivery_engine::impl::note(outbox::changes& c, ended_attempt& e) {
  using kind = delivery_outcome::kind;
  const auto now = at.clock.now();
  auto& d = e.what;
  if (!at.box.find(d.destination, d.position)) {
    // Its destination has gone meanwhile.
    drop_lane(d.destination);
    return;
  }
  auto& l = lane_of(d.destination);
  if (l.ended(d.position, e.how, now, chance()))
    spdlog::info("{}: the circuit breaker is {} ({})", at.channel.reached_by(d.destination),
                 to_string(l.to().breaker.describe(now).is), e.how.detail);
  if (e.how.is == kind::stopped) return;
  d.last_status = e.how.status;
  d.last_error = e.how.detail;
  d.last_attempt = now;
  if (e.how.is != kind::unreachable) ++d.attempts;
  const bool is_failure = e.how.is == kind::failed || e.how.is == kind::unreachable;
  if (e.how.is == kind::delivered) d.is = delivery::state::delivered;
  if (e.how.is == kind::refused || e.how.is == kind::dropped) d.is = delivery::state::parked;
  if (is_failure && d.created + rules.give_up <= now) d.is = delivery::state::parked;
  if (e.how.is == kind::failed) d.due = now + rules.message_back_off.after(d.attempts, chance());
  if (d.is != delivery::state::waiting)
    if (auto& n = waiting[d.destination]; n > 0) --n;
  c.health.push_back({d.destination, 0, l.failing_since()});
  c.put.push_back(d);
  if (is_failure && l.failing_since()) at.channel.failing(d.destination, *l.failing_since());
  const std::scoped_lock lock(numbers_mutex);
  ++(e.how.is == kind::delivered       ? numbers.delivered
     : d.is == delivery::state::parked ? numbers.parked
                                       : numbers.failed);
}

bool delivery_engine::impl::note_outcomes() {
  std::vector<ended_attempt> ended;
  {
    const std::scoped_lock lock(post->mutex);
    ended.swap(post->ended);
  }
  if (ended.empty()) return false;
  outbox::changes c;
  for (auto& e : ended) note(c, e);
  // What cannot be noted is sent again: the receiver knows the id.
  if (!c.put.empty()) write(c);
  return true;
}

/// Messages that somebody wants sent again.
bool delivery_engine::impl::grant_wishes() {
  decltype(post->wishes) wishes;
  {
    const std::scoped_lock lock(post->mutex);
    wishes.swap(post->wishes);
  }
  outbox::changes c;
  for (const auto& [destination, position] : wishes) {
    auto d = at.box.find(destination, position);
    if (!d || lane_of(destination).is_under_way(position)) continue;
    if (d->is != delivery::state::waiting) {
      // Its age counts from now on: whoever asks for it again wants it although it is old.
      d->created = at.clock.now();
      d->attempts = 0;
      ++waiting[destination];
    }
    d->is = delivery::state::waiting;
    d->due = at.clock.now();
    c.put.push_back(std::move(*d));
  }
  if (!c.put.empty()) write(c);
  return !c.put.empty();
}

}  // namespace atrium
