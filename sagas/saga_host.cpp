#include "sagas/saga_host.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/answer_guard.hpp"
#include "actors/entity_traits.hpp"

namespace atrium {

namespace {
using namespace std::chrono_literals;

/// The effects of a host's sagas in a running process: everything is answered by a message to the
/// host.
class actor_ports final : public saga_ports {
 public:
  actor_ports(saga_host_actor host, saga_world& world) : host_(std::move(host)), world_(world) {}

  instant now() const override { return world_.clock.now(); }

  void to_room(const saga_id& id, std::uint64_t turn, room_request request) override {
    request.done = guard_answer<result<entity_reply>>(
        [host = host_, id, turn](result<entity_reply> outcome) {
          caf::anon_send(host, saga_room_reply{id, turn, std::move(outcome)});
        },
        [] {
          return result<entity_reply>{
              failure{.code = ec::timeout, .detail = "The room stopped before it answered."}};
        });
    world_.entities.send(std::move(request));
  }

  void append(const saga_id& id, std::uint64_t turn, const room_id& room,
              journal::batch records) override {
    world_.log.append(shard(room), std::move(records),
                      [host = host_, id, turn](const append_result& r) {
                        caf::anon_send(host, saga_append_reply{id, turn, r});
                      });
  }

  void pay(const saga_id& id, std::uint64_t turn, payment_call call) override {
    auto done = [host = host_, id, turn](payment_answer a) {
      caf::anon_send(host, saga_payment_reply{id, turn, std::move(a)});
    };
    auto& provider = world_.provider;
    switch (call.is) {
      case payment_call::kind::authorize:
        return provider.authorize(std::move(call.authorize), std::move(done));
      case payment_call::kind::capture:
        return provider.capture(std::move(call.operation), std::move(done));
      case payment_call::kind::void_payment:
        return provider.void_payment(std::move(call.operation), std::move(done));
      case payment_call::kind::refund:
        return provider.refund(std::move(call.operation), std::move(done));
    }
  }

  void look_up(const saga_id& id, std::uint64_t turn, const payment_id& payment) override {
    world_.provider.lookup(payment, [host = host_, id, turn](payment_lookup found) {
      caf::anon_send(host, saga_lookup_reply{id, turn, std::move(found)});
    });
  }

  void reload(const saga_id& id, const room_id& room) override {
    world_.reader.load("saga/" + id.str(), shard(room), [host = host_, id](recovered_stream from) {
      caf::anon_send(host, saga_resumption{id, std::move(from.tail)});
    });
  }

  std::vector<alternative> other_rooms(const room_id& not_this, const interval& when, int party,
                                       std::size_t most) override {
    if (world_.read_model == nullptr) return {};
    return world_.read_model->other_free_rooms(not_this, when, party, now(), most);
  }

 private:
  shard_no shard(const room_id& room) const {
    return shard_of(room_traits::stream(room.view()), world_.log.shards());
  }

  saga_host_actor host_;
  saga_world& world_;
};

/// One tick is on its way at most for each earlier wake; ticks are bounded so that a clock that is
/// set forward is noticed within a second.
void schedule(saga_host_pointer self, const clock_port& clock) {
  auto& st = self->state;
  const auto wake = st.runner->next_wake();
  if (!wake) return;
  const auto now = clock.now();
  const auto at = std::min(std::max(*wake, now + 50ms), now + 1s);
  if (st.ticking_at && *st.ticking_at <= at && *st.ticking_at > now - 2s) return;
  st.ticking_at = at;
  self->delayed_send(self, at - now, host_tick{});
}

template <class Handle>
auto guarded(saga_host_pointer self, saga_world* world, Handle handle) {
  return [self, world, handle](auto& message) {
    {
      std::lock_guard lock{self->state.window->mutex};
      handle(*self->state.runner, message);
    }
    schedule(self, world->clock);
  };
}

}  // namespace

saga_host_actor::behavior_type saga_host(saga_host_pointer self, std::size_t number,
                                         saga_world* world, std::shared_ptr<saga_window> window) {
  auto& st = self->state;
  st.ports = std::make_unique<actor_ports>(saga_host_actor{self}, *world);
  st.runner = std::make_unique<saga_runner>(*st.ports, world->log, world->index, world->options);
  st.window = std::move(window);
  {
    std::lock_guard lock{st.window->mutex};
    st.window->runner = st.runner.get();
  }
  self->observe(world->registry, "saga-host", std::to_string(number));
  const auto on = [self, world](auto handle) { return guarded(self, world, handle); };
  const auto submit = on([](saga_runner& r, saga_submission& m) { r.submit(std::move(m)); });
  const auto resume = on([](saga_runner& r, saga_resumption& m) { r.resume(std::move(m)); });
  const auto answer = on([](saga_runner& r, auto& m) { r.on(std::move(m)); });
  return {
      [submit](saga_submission& m) { submit(m); },
      [resume](saga_resumption& m) { resume(m); },
      [answer](saga_room_reply& m) { answer(m); },
      [answer](saga_append_reply& m) { answer(m); },
      [answer](saga_payment_reply& m) { answer(m); },
      [answer](saga_lookup_reply& m) { answer(m); },
      [self, world](host_tick) {
        self->state.ticking_at.reset();
        {
          std::lock_guard lock{self->state.window->mutex};
          self->state.runner->tick();
        }
        schedule(self, world->clock);
      },
  };
}

}  // namespace atrium
