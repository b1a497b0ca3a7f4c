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

/// The effects of a host's sagas in a running process: everything is answered through the host's
/// inlet.
class actor_ports final : public saga_ports {
 public:
  actor_ports(std::shared_ptr<saga_inlet> inlet, saga_world& world)
      : inlet_(std::move(inlet)), world_(world) {}

  instant now() const override { return world_.clock.now(); }

  void to_room(const saga_id& id, std::uint64_t turn, room_request&& request) override {
    request.done = guard_answer<result<entity_reply>>(
        [inlet = inlet_, id, turn,
         asked = admission::clock::now()](result<entity_reply>&& outcome) {
          inlet->send(saga_room_reply{id, turn, std::move(outcome), asked});
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
                      [inlet = inlet_, id, turn](const append_result& r) {
                        inlet->send(saga_append_reply{id, turn, r});
                      });
  }

  void pay(const saga_id& id, std::uint64_t turn, payment_call call) override {
    auto done = [inlet = inlet_, id, turn](payment_answer&& a) {
      inlet->send(saga_payment_reply{id, turn, std::move(a)});
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

  milliseconds payments_refused_for() const override { return world_.provider.refuses_for(); }
  bool may_repeat_payment_call() override { return world_.provider.may_retry(); }

  void look_up(const saga_id& id, std::uint64_t turn, const payment_id& payment,
               const std::string& reference) override {
    world_.provider.lookup(payment, reference, [inlet = inlet_, id, turn](payment_lookup&& found) {
      inlet->send(saga_lookup_reply{id, turn, std::move(found)});
    });
  }

  std::int64_t refunded_of(const payment_id& payment) const override {
    if (world_.read_model == nullptr) return 0;
    const auto found = world_.read_model->payment(payment);
    return found ? found->refunded.amount : 0;
  }

  void reload(const saga_id& id, const room_id& room) override {
    world_.reader.load("saga/" + id.str(), shard(room),
                       [inlet = inlet_, id](recovered_stream from) {
                         inlet->send(saga_resumption{id, std::move(from.tail)});
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

  std::shared_ptr<saga_inlet> inlet_;
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

/// From asking a room to hearing its durable answer, our own queue included: what a step takes.
void note_latency(const saga_world& world, const saga_message& message) {
  const auto* reply = std::get_if<saga_room_reply>(&message);
  if (reply == nullptr || world.load == nullptr || !reply->outcome) return;
  const auto now = admission::clock::now();
  world.load->step_took(now - reply->asked, now);
}

void serve(saga_runner& runner, saga_message& message) {
  std::visit(
      [&]<class Message>(Message& m) {
        if constexpr (std::is_same_v<Message, saga_submission>) {
          runner.submit(std::move(m));
        } else if constexpr (std::is_same_v<Message, saga_resumption>) {
          runner.resume(std::move(m));
        } else if constexpr (std::is_same_v<Message, saga_instructed>) {
          runner.instruct(std::move(m));
        } else {
          runner.on(std::move(m));
        }
      },
      message);
}

/// Serves until nothing waits or its turn is over; other actors want the worker, too.
void serve_burst(saga_host_pointer self, const saga_world& world) {
  constexpr std::size_t longest_turn = 256;
  auto& st = self->state;
  std::size_t served = 0;
  std::lock_guard lock{st.window->mutex};
  while (served < longest_turn) {
    st.inlet->take(st.burst);
    if (st.burst.empty()) break;
    for (auto& message : st.burst) {
      note_latency(world, message);
      serve(*st.runner, message);
    }
    served += st.burst.size();
  }
  st.burst.clear();
  if (served > 1) self->stands_for(served - 1);
  if (served >= longest_turn) caf::anon_send(saga_host_actor{self}, host_wake{});
}

}  // namespace

saga_host_actor::behavior_type saga_host(saga_host_pointer self, std::size_t number,
                                         saga_world* world, std::shared_ptr<saga_inlet> inlet,
                                         std::shared_ptr<saga_window> window) {
  auto& st = self->state;
  st.ports = std::make_unique<actor_ports>(inlet, *world);
  st.runner = std::make_unique<saga_runner>(*st.ports, world->log, world->index, world->options);
  st.inlet = inlet;
  st.window = std::move(window);
  {
    std::lock_guard lock{st.window->mutex};
    st.window->runner = st.runner.get();
  }
  self->observe(world->registry, "saga-host", std::to_string(number),
                [inlet] { return inlet->size(); });
  return {
      [self, world](host_wake) {
        serve_burst(self, *world);
        schedule(self, world->clock);
      },
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
