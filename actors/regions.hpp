#pragma once

#include <memory>
#include <vector>

#include "actors/observed.hpp"
#include "actors/protocol/typed.hpp"

namespace caf {
class actor_system;
}

namespace atrium {

struct entity_world;
struct room_traits;
struct account_traits;
struct review_traits;
struct inbox_traits;
struct audit_traits;
template <class Traits>
class region;

/// The regions of one process, one per shard and kind; the only way to reach an entity.
///
/// Concurrency: the send functions from any thread, without blocking. Outlives all entities.
class regions {
 public:
  regions(caf::actor_system& system, entity_world& world);
  ~regions();

  void send(room_request&& rq) const;
  void send(account_request&& rq) const;
  void send(review_request&& rq) const;
  void send(inbox_request&& rq) const;
  void send(audit_request&& rq) const;
  /// Tells every entity to stop; messages from now on are dropped.
  void stop();

 private:
  template <class Traits>
  using all_shards = std::vector<std::unique_ptr<region<Traits>>>;
  void passivate_idle() const;
  template <class Visit>
  void for_each(Visit visit) const;

  all_shards<room_traits> rooms_;
  all_shards<account_traits> accounts_;
  all_shards<review_traits> reviews_;
  all_shards<inbox_traits> inboxes_;
  all_shards<audit_traits> audits_;
  idle_clock_actor idle_clock_;
};

}  // namespace atrium
