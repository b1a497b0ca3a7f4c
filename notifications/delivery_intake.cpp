// From the journal into the outbox.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "notifications/delivery_engine_impl.hpp"

namespace atrium {
namespace {

constexpr std::size_t most_read_at_once = 2'000;
constexpr std::size_t most_put_at_once = 500;
/// A cursor that brings no messages is not worth a write to the disk each time.
constexpr std::uint64_t cursor_stride = 50'000;

}  // namespace

/// Where a channel without a cursor begins: the first event that is not too old.
std::uint64_t delivery_engine::impl::first_position() const {
  const auto oldest = at.clock.now() - rules.look_back;
  std::uint64_t from = 1;
  for (bool more = true; more;) {
    more = false;
    at.log.read(from, most_read_at_once, [&](std::uint64_t position, std::string_view record) {
      const auto head = decode_head(record);
      more = !head || head->at < oldest;
      if (more) from = position + 1;
      return more;
    });
  }
  return from - 1;
}

void delivery_engine::impl::load() {
  const std::string channel(at.channel.name());
  const auto known = at.box.cursor(channel);
  cursor = known ? *known : first_position();
  written_cursor = cursor;
  for (const auto& d : at.box.destinations(channel)) {
    waiting[d.name] = d.waiting;
    if (d.waiting > 0) lane_of(d.name).set_failing_since(d.failing_since);
  }
  is_loaded = true;
}

void delivery_engine::impl::add(outbox::changes& c, delivery d) {
  auto& count = waiting[d.destination];
  if (count >= at.channel.most_waiting()) {
    d.is = delivery::state::parked;
    d.last_error = "too many messages waited for this destination";
  } else {
    ++count;
    lane_of(d.destination);
  }
  c.put.push_back(std::move(d));
}

void delivery_engine::impl::route(const stored_event& e, outbox::changes& c) {
  auto left = at.channel.route(e);
  for (auto& d : left.messages) {
    d.position = e.position;
    // A message for later is not old when its time comes.
    if (d.due == instant{}) d.due = e.at;
    d.created = std::max(e.at, d.due);
    add(c, std::move(d));
  }
  for (auto& name : left.gone) {
    drop_lane(name);
    waiting.erase(name);
    c.drop.push_back(std::move(name));
  }
}

/// Reads up to what the views know: messages are made of their rows.
void delivery_engine::impl::read_journal(outbox::changes& c) {
  const auto until = at.read.position();
  const auto now = at.clock.now();
  if (c.cursor >= until) return;
  std::vector<stored_event> events;
  auto last = c.cursor;
  at.log.read(last + 1, most_read_at_once, [&](std::uint64_t position, std::string_view record) {
    if (position > until || events.size() >= most_put_at_once) return false;
    const auto head = decode_head(record);
    if (head && at.channel.wants(head->type) && head->at + rules.give_up > now) {
      auto e = decode_record(position, record);
      if (!e) return false;
      events.push_back(std::move(*e));
    }
    last = position;
    return true;
  });
  for (const auto& e : events) route(e, c);
  c.cursor = last;
}

/// True when there may be more at once.
bool delivery_engine::impl::take_in() {
  if (!at.channel.is_in_use()) return false;
  outbox::changes c;
  c.channel = at.channel.name();
  c.cursor = std::max(cursor, at.channel.begins_after());
  read_journal(c);
  if (c.cursor == cursor) return false;
  const bool is_worth_it =
      !c.put.empty() || !c.drop.empty() || c.cursor >= written_cursor + cursor_stride;
  if (is_worth_it && !write(c)) return false;
  if (is_worth_it) written_cursor = c.cursor;
  cursor = c.cursor;
  return cursor < at.read.position();
}

bool delivery_engine::impl::write(const outbox::changes& c) {
  const auto done = at.box.commit(c, at.clock.now());
  is_broken = !done;
  const std::scoped_lock lock(numbers_mutex);
  numbers.position = c.channel.empty() ? numbers.position : c.cursor;
  numbers.last_error = done ? std::string() : done.error().detail;
  if (!done) spdlog::error("{} channel: {}", at.channel.name(), done.error().detail);
  return done.has_value();
}

}  // namespace atrium
