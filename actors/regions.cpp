#include "actors/regions.hpp"

#include <caf/actor_system.hpp>

#include <utility>

#include "actors/entity_traits.hpp"
#include "actors/region.hpp"

namespace atrium {

namespace {

template <class Traits, class Actors>
void spawn_all(caf::actor_system& system, entity_world& world, shard_no shards, Actors& out) {
  for (shard_no s = 0; s < shards; ++s)
    out.push_back(system.spawn(region_behavior<Traits>::make, s, &world));
}

template <class Traits, class Actors, class Request>
void send_to(const Actors& actors, shard_no shards, Request rq) {
  const auto shard = shard_of(Traits::stream(rq.id), shards);
  caf::anon_send(actors[shard], std::move(rq));
}

template <class Actors>
void stop_all(Actors& actors) {
  for (auto& a : actors) caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
  actors.clear();
}

}  // namespace

regions::regions(caf::actor_system& system, entity_world& world) : shards_(world.log.shards()) {
  spawn_all<room_traits>(system, world, shards_, rooms_);
  spawn_all<account_traits>(system, world, shards_, accounts_);
  spawn_all<review_traits>(system, world, shards_, reviews_);
  spawn_all<inbox_traits>(system, world, shards_, inboxes_);
}

void regions::send(room_request rq) const {
  send_to<room_traits>(rooms_, shards_, std::move(rq));
}
void regions::send(account_request rq) const {
  send_to<account_traits>(accounts_, shards_, std::move(rq));
}
void regions::send(review_request rq) const {
  send_to<review_traits>(reviews_, shards_, std::move(rq));
}
void regions::send(inbox_request rq) const {
  send_to<inbox_traits>(inboxes_, shards_, std::move(rq));
}

void regions::stop() {
  stop_all(rooms_);
  stop_all(accounts_);
  stop_all(reviews_);
  stop_all(inboxes_);
}

}  // namespace atrium
