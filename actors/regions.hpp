#pragma once

#include <vector>

#include "actors/observed.hpp"
#include "actors/protocol/typed.hpp"
#include "actors/recovery.hpp"

namespace caf {
class actor_system;
}

namespace atrium {

struct entity_world;

/// The regions of one process, one per shard and kind; the only way to reach an entity.
///
/// Concurrency: the send functions from any thread, without blocking.
class regions {
 public:
  regions(caf::actor_system& system, entity_world& world);

  void send(room_request rq) const;
  void send(account_request rq) const;
  void send(review_request rq) const;
  void send(inbox_request rq) const;
  /// Tells every region, and through it every entity, to stop.
  void stop();

 private:
  shard_no shards_;
  std::vector<region_actor<room_request>> rooms_;
  std::vector<region_actor<account_request>> accounts_;
  std::vector<region_actor<review_request>> reviews_;
  std::vector<region_actor<inbox_request>> inboxes_;
};

}  // namespace atrium
