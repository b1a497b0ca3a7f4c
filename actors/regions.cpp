#include "actors/regions.hpp"

#include <caf/actor_system.hpp>

#include <functional>
#include <utility>

#include "actors/entity_traits.hpp"
#include "actors/region.hpp"

namespace atrium {

namespace {

template <class Traits, class Shards>
void make_all(caf::actor_system& system, entity_world& world, Shards& shards) {
  for (shard_no s = 0; s < world.log.shards(); ++s)
    shards.push_back(std::make_unique<region<Traits>>(system, world));
}

template <class Traits, class Shards, class Request>
void send_to(const Shards& shards, Request&& rq) {
  const auto shard = shard_of(Traits::stream(rq.id), static_cast<shard_no>(shards.size()));
  shards[shard]->send(std::move(rq));
}

struct idle_clock_state {
  static inline const char* name = "idle-clock";
};
using idle_clock_pointer = caf::stateful_actor<idle_clock_state, observed<idle_clock_actor::base>>*;

idle_clock_actor::behavior_type idle_clock(idle_clock_pointer self, actor_registry* registry,
                                           std::chrono::milliseconds pause,
                                           std::function<void()> look) {
  self->observe(*registry, idle_clock_state::name, "");
  self->delayed_send(self, pause, idle_tick{});
  return {[self, pause, look = std::move(look)](idle_tick) {
    look();
    self->delayed_send(self, pause, idle_tick{});
  }};
}

}  // namespace

regions::regions(caf::actor_system& system, entity_world& world) {
  make_all<room_traits>(system, world, rooms_);
  make_all<account_traits>(system, world, accounts_);
  make_all<review_traits>(system, world, reviews_);
  make_all<inbox_traits>(system, world, inboxes_);
  make_all<audit_traits>(system, world, audits_);
  idle_clock_ = system.spawn(idle_clock, &world.registry, world.idle_before_passivation / 8,
                             std::function<void()>([this] { passivate_idle(); }));
}

regions::~regions() = default;

void regions::send(room_request&& rq) const {
  send_to<room_traits>(rooms_, std::move(rq));
}
void regions::send(account_request&& rq) const {
  send_to<account_traits>(accounts_, std::move(rq));
}
void regions::send(review_request&& rq) const {
  send_to<review_traits>(reviews_, std::move(rq));
}
void regions::send(inbox_request&& rq) const {
  send_to<inbox_traits>(inboxes_, std::move(rq));
}
void regions::send(audit_request&& rq) const {
  send_to<audit_traits>(audits_, std::move(rq));
}

template <class Visit>
void regions::for_each(Visit visit) const {
  for (const auto& r : rooms_) visit(*r);
  for (const auto& r : accounts_) visit(*r);
  for (const auto& r : reviews_) visit(*r);
  for (const auto& r : inboxes_) visit(*r);
  for (const auto& r : audits_) visit(*r);
}

void regions::passivate_idle() const {
  for_each([](auto& r) { r.passivate_idle(); });
}

void regions::stop() {
  caf::anon_send_exit(std::exchange(idle_clock_, nullptr), caf::exit_reason::user_shutdown);
  for_each([](auto& r) { r.stop(); });
}

}  // namespace atrium
