#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/protocol/entity.hpp"
#include "domain/time.hpp"
#include "persistence/codec.hpp"
#include "persistence/journal.hpp"
#include "persistence/stream_index.hpp"

namespace atrium {

/// The event-sourced heart of an entity, free of CAF so that simulations drive it directly.
///
/// Operation: a command is decided against the *tentative* state (everything decided so far,
/// durable or not); its events are applied at once and handed to the journal; the answer is held
/// back until they are durable. So a hot room never waits for the disk between two commands.
/// Tentative state cannot leak: every answer waits for its batch, and batches of a shard become
/// durable in order. Concurrency: one thread at a time (its actor's).
///
/// Traits: `aggregate`, `command`, `static std::string stream(id)`, `static aggregate make(id)`,
/// `static void describe(const aggregate&, const command&, entity_reply&)`.
template <class Traits>
class entity_core {
 public:
  using aggregate = typename Traits::aggregate;
  using request = entity_request<typename Traits::command>;

  entity_core(std::string id, journal& log, const clock_port& clock)
      : id_(std::move(id)),
        stream_(Traits::stream(id_)),
        shard_(shard_of(stream_, log.shards())),
        state_(Traits::make(id_)),
        log_(&log),
        clock_(&clock) {}

  /// Rebuilds the state from a condensed snapshot and the events after it.
  void restore(const std::optional<stream_index::snapshot>& snap,
               const std::vector<stored_event>& tail) {
    if (snap) {
      for (const auto& e : snap->events) state_.apply(e.what, e.at, e.seq);
      seq_ = snap->seq;
    }
    for (const auto& e : tail) {
      state_.apply(e.what, e.at, e.seq);
      seq_ = e.seq;
    }
    snapshot_seq_ = snap ? snap->seq : 0;
    snapshot_events_ = snap ? snap->events.size() : 0;
  }

  void handle(request&& rq) {
    const auto now = clock_->now();
    if (rq.ctx.deadline != instant{} && now > rq.ctx.deadline) {
      rq.done(failure{
          .code = ec::timeout,
          .detail =
              "The command reached its entity after its deadline; nothing was done. Repeat it."});
      return;
    }
    auto decided = state_.decide(rq.command, now);
    if (!decided) {
      rq.done(decided.error());
      return;
    }
    write(std::move(rq), std::move(*decided), now);
  }

  const aggregate& state() const noexcept { return state_; }
  std::uint64_t seq() const noexcept { return seq_; }
  const std::string& stream() const noexcept { return stream_; }
  shard_no shard() const noexcept { return shard_; }
  /// Set once an append came back fenced: another node owns the shard, this state is void.
  bool fenced() const noexcept { return flights_->fenced.load(std::memory_order_acquire); }
  std::size_t in_flight() const noexcept { return flights_->count.load(std::memory_order_acquire); }
  /// Events since the last snapshot; a snapshot may be taken only while nothing is in flight, since
  /// it must never hold what a crash could undo.
  std::uint64_t unsnapshotted() const noexcept { return seq_ - snapshot_seq_; }
  /// Events of the last snapshot: taking the next costs about as much as so many commands.
  std::size_t snapshot_events() const noexcept { return snapshot_events_; }
  void snapshot_taken(std::size_t events) noexcept {
    snapshot_seq_ = seq_;
    snapshot_events_ = events;
  }

 private:
  struct flights {
    std::atomic<std::size_t> count{0};
    std::atomic<bool> fenced{false};
  };

  void write(request&& rq, std::vector<event> own, instant now) {
    journal::batch records;
    records.reserve(rq.before.size() + own.size() + rq.after.size());
    const auto add = [&](std::string_view stream, std::uint64_t seq, const event& what) {
      records.push_back(encode_record(
          {stream, seq, now, rq.ctx.correlation, rq.causation, rq.ctx.principal.view()}, what));
    };
    for (const auto& a : rq.before) add(a.stream, a.seq, a.what);
    for (const auto& e : own) {
      add(stream_, ++seq_, e);
      state_.apply(e, now, seq_);
    }
    for (const auto& a : rq.after) add(a.stream, a.seq, a.what);

    entity_reply reply;
    reply.version = state_.version();
    Traits::describe(state_, rq.command, reply);
    reply.events = std::move(own);
    flights_->count.fetch_add(1, std::memory_order_relaxed);
    log_->append(shard_, std::move(records),
                 [flights = flights_, reply = std::move(reply),
                  done = std::move(rq.done)](const append_result& r) mutable {
                   flights->count.fetch_sub(1, std::memory_order_release);
                   if (r.is == append_result::status::fenced) {
                     flights->fenced.store(true, std::memory_order_release);
                     done(failure{.code = ec::fenced,
                                  .detail = "Another node has taken over this room; nothing was "
                                            "written. Repeat the request.",
                                  .retry_after_ms = 1000});
                     return;
                   }
                   reply.position = r.position;
                   done(std::move(reply));
                 });
  }

  std::string id_;
  std::string stream_;
  shard_no shard_;
  aggregate state_;
  journal* log_;
  const clock_port* clock_;
  std::uint64_t seq_ = 0;
  std::uint64_t snapshot_seq_ = 0;
  std::size_t snapshot_events_ = 0;
  std::shared_ptr<flights> flights_ = std::make_shared<flights>();
};

}  // namespace atrium
