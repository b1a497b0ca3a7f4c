#include "sagas/desk.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/send.hpp>
#include <caf/thread_hook.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "actors/answer_guard.hpp"
#include "actors/entity.hpp"
#include "persistence/batch_thread.hpp"
#include "sagas/admission.hpp"
#include "sagas/due_clock.hpp"
#include "sagas/due_command.hpp"
#include "sagas/saga_host.hpp"

namespace atrium {

namespace {

/// Whoever wakes an actor's thread (a request, a commit) goes on first: bookings come in bursts.
class batch_threads final : public caf::thread_hook {
 public:
  void init(caf::actor_system&) override {}
  void thread_started() override { schedule_in_batches(); }
  void thread_terminates() override {}
};

caf::actor_system_config& configured(caf::actor_system_config& cfg, const desk_options& o) {
  cfg.add_thread_hook<batch_threads>();
  cfg.set("scheduler.policy", caf::atom("sharing"));
  cfg.set("scheduler.max-threads", static_cast<std::int64_t>(std::max(1, o.actor_threads)));
  cfg.set("scheduler.max-throughput", std::int64_t{50});
  return cfg;
}

failure vanished() {
  return {.code = ec::timeout,
          .detail =
              "The request was not answered and its outcome is not known. Repeat it with the same "
              "Idempotency-Key.",
          .retry_after_ms = 1000};
}

/// Giving a slot back is let in like a cancellation.
bool frees_a_slot(const entity_task& task) {
  const auto* room = std::get_if<room_task>(&task);
  return room != nullptr && std::holds_alternative<cmd::release_hold>(room->command);
}

/// The saga that cancels a booking because its room was retired: the same id from the request and
/// from the due-time index, so that both together cancel once.
saga_submission cancellation_for_room(const room_id& room, const reservation_id& booking,
                                      const account_id& by, const std::string& correlation,
                                      instant deadline, saga_done done) {
  return {{saga_id{"retire-" + booking.str()}, "room-retired",
           ev::cancel_request{booking, room, "room retired", true, true}},
          {by, correlation, deadline},
          std::move(done)};
}

class actor_desk final : public desk {
 public:
  actor_desk(desk_world world, desk_options options)
      : world_(world),
        admission_({.least = std::min(options.least_in_flight, options.most_in_flight),
                    .most = options.most_in_flight,
                    // A rush right after the start finds out what can be done, from below.
                    .start = options.most_in_flight / 2,
                    .target = options.step_target}),
        system_(configured(config_, options)),
        reader_(world.log, world.index),
        entity_world_{world.log,   world.index, reader_,
                      world.clock, registry_,   options.idle_before_passivation},
        entities_(system_, entity_world_),
        saga_world_{world.log,   world.index, world.read_model, reader_, world.provider,
                    world.clock, entities_,   registry_,        {},      &admission_},
        due_world_{world.index, world.clock, registry_, [this](const due_entry& e) { fire(e); }} {
    saga_world_.options.provider = std::move(options.provider);
    saga_world_.options.action_ttl = options.action_ttl;
    saga_world_.options.provider_patience = options.provider_patience;
    for (std::size_t i = 0; i < std::clamp<std::size_t>(options.saga_hosts, 1, 64); ++i) {
      windows_.push_back(std::make_shared<saga_window>());
      inlets_.push_back(std::make_shared<saga_inlet>());
      hosts_.push_back(system_.spawn(saga_host, i, &saga_world_, inlets_.back(), windows_.back()));
      inlets_.back()->connect(hosts_.back());
    }
  }

  ~actor_desk() override { stop(std::chrono::seconds{5}); }

  void start() override {
    constexpr std::size_t most_open = 1'000'000;
    for (const auto& id : world_.index.open_sagas(most_open))
      inlet_of(id).send(saga_resumption{id, world_.index.read_stream("saga/" + id.str(), 1)});
    due_clock_ = system_.spawn<caf::detached>(due_clock, &due_world_);
  }

  bool stop(std::chrono::milliseconds limit) override {
    using clock = std::chrono::steady_clock;
    const auto deadline = clock::now() + limit;
    const auto wait_while = [&](auto busy) {
      while (busy() && clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
      return !busy();
    };
    if (!std::exchange(stopped_, true)) {
      wait_while([&] { return admission_.in_flight() > 0; });
      tell_all_to_end();
    }
    // CAF no longer counts an actor before its last words, such as that it has left its region;
    // ours knows it until they are said.
    return wait_while([&] { return system_.registry().running() > 0 || registry_.size() > 0; });
  }

  void submit(start_saga request, command_context ctx, completion<saga_answer> done) override {
    const bool urgent = ctx.urgent || std::holds_alternative<ev::cancel_request>(request.input);
    const auto place = enter(ctx, urgent);
    if (!place) return done(admission_.refusal());
    auto answer = leaving<saga_answer>(*place, std::move(done));
    auto& inlet = inlet_of(request.id);
    inlet.send(saga_submission{std::move(request), std::move(ctx), std::move(answer)});
  }

  void execute(entity_task task, command_context ctx, completion<entity_answer> done) override {
    const auto place = enter(ctx, ctx.urgent || frees_a_slot(task));
    if (!place) return done(admission_.refusal());
    entity_done answer =
        [this, began = admission::clock::now(),
         done = leaving<entity_answer>(*place, std::move(done))](result<entity_reply>&& r) {
          if (!r) return done(r.error());
          const auto now = admission::clock::now();
          admission_.step_took(now - began, now);
          done(entity_answer{r->position, r->version, std::move(r->events)});
        };
    std::visit([&](auto& t) { dispatch(t, std::move(ctx), std::move(answer)); }, task);
  }

  void retire_room(room_id room, std::uint64_t if_version, bool cancel_bookings,
                   command_context ctx, completion<retire_answer> done) override {
    const auto place = enter(ctx, ctx.urgent);
    if (!place) return done(admission_.refusal());
    auto answer = leaving<retire_answer>(*place, std::move(done));
    entities_.send(room_request{room.str(),
                                cmd::retire_room{if_version, cancel_bookings},
                                ctx,
                                "request",
                                {},
                                {},
                                [this, room, ctx, answer](result<entity_reply>&& r) {
                                  if (!r) return answer(r.error());
                                  cancel_all(room, ctx, *r, answer);
                                }});
  }

  void notice(payment_notice what) override {
    // Sagas look by themselves, too, so what is dropped here costs time and nothing else.
    constexpr std::size_t most_waiting = 10'000;
    for (const auto& inlet : inlets_)
      if (inlet->size() < most_waiting) inlet->send(saga_notice{what});
  }

  void instruct(saga_instruction what, command_context ctx, completion<saga_info> done) override {
    auto& inlet = inlet_of(what.id);
    inlet.send(saga_instructed{std::move(what), std::move(ctx),
                               guard_answer<result<saga_info>>(
                                   std::move(done), [] { return result<saga_info>{vanished()}; })});
  }

  desk_census census() const override {
    desk_census all;
    registry_.count(all.kinds);
    for (const auto& w : windows_) w->count(all);
    return all;
  }
  std::vector<actor_info> actors(std::size_t most) const override {
    return registry_.describe(most);
  }
  std::vector<saga_info> sagas(std::size_t most) const override {
    std::vector<saga_info> all;
    for (const auto& w : windows_)
      for (auto& s : w->describe(most)) all.push_back(std::move(s));
    const auto needs_a_person = [](const saga_info& s) {
      return s.is_stuck || s.state == "parked";
    };
    std::stable_partition(all.begin(), all.end(), needs_a_person);
    all.resize(std::min(most, all.size()));
    return all;
  }
  std::size_t in_flight() const override { return admission_.in_flight(); }
  void edge_waited(std::chrono::nanoseconds time) override {
    admission_.waited(time, admission::clock::now());
  }
  load_info load() const override { return admission_.describe(); }
  std::optional<failure> busy_for(const account_id& customer, bool urgent) override {
    if (admission_.ask(customer.view(), urgent) == admission::verdict::admitted)
      return std::nullopt;
    return admission_.refusal();
  }

 private:
  void tell_all_to_end() {
    if (due_clock_) caf::anon_send_exit(due_clock_, caf::exit_reason::user_shutdown);
    for (auto& h : hosts_) caf::anon_send_exit(h, caf::exit_reason::user_shutdown);
    entities_.stop();
    due_clock_ = nullptr;
    hosts_.clear();
    reader_.stop();
  }

  std::optional<admission::place> enter(const command_context& ctx, bool urgent) {
    admission::place taken;
    if (admission_.enter(ctx.principal.view(), urgent, taken) != admission::verdict::admitted)
      return std::nullopt;
    return taken;
  }

  /// Wraps a completion so that it is called exactly once and frees its place.
  template <class T>
  completion<T> leaving(admission::place place, completion<T> done) {
    return guard_answer<result<T>>(
        [this, place, done = std::move(done)](result<T>&& r) {
          admission_.leave(place, admission::clock::now());
          done(std::move(r));
        },
        [] { return result<T>{vanished()}; });
  }

  void dispatch(room_task& t, command_context ctx, entity_done done) {
    entities_.send(room_request{
        t.room.str(), std::move(t.command), std::move(ctx), "request", {}, {}, std::move(done)});
  }
  void dispatch(account_task& t, command_context ctx, entity_done done) {
    entities_.send(account_request{
        t.account.str(), std::move(t.command), std::move(ctx), "request", {}, {}, std::move(done)});
  }
  void dispatch(review_task& t, command_context ctx, entity_done done) {
    entities_.send(review_request{t.reservation.str(),
                                  std::move(t.command),
                                  std::move(ctx),
                                  "request",
                                  {},
                                  {},
                                  std::move(done)});
  }
  void dispatch(read_mark_task& t, command_context ctx, entity_done done) {
    entities_.send(inbox_request{t.account.str(),
                                 cmd::mark_read{std::move(t.notification)},
                                 std::move(ctx),
                                 "request",
                                 {},
                                 {},
                                 std::move(done)});
  }

  void dispatch(audit_task& t, command_context ctx, entity_done done) {
    entities_.send(
        audit_request{"", std::move(t.act), std::move(ctx), "request", {}, {}, std::move(done)});
  }

  saga_inlet& inlet_of(const saga_id& id) const {
    return *inlets_[std::hash<saga_id>{}(id) % inlets_.size()];
  }

  /// Starts one cancellation saga per booking and answers when all have ended or the deadline
  /// passes; what has not ended by then goes on, and the due-time index repeats it after a crash.
  void cancel_all(const room_id& room, const command_context& ctx, const entity_reply& retired,
                  const completion<retire_answer>& answer) {
    struct gathering {
      std::mutex mutex;
      retire_answer answer;
      std::size_t missing = 0;
    };
    auto all = std::make_shared<gathering>();
    all->answer.position = retired.position;
    std::vector<reservation_id> bookings;
    for (const auto& e : retired.events)
      if (const auto* r = std::get_if<ev::room_retired>(&e)) bookings = r->cancelling;
    all->missing = bookings.size();
    if (bookings.empty()) return answer(all->answer);
    for (const auto& booking : bookings) {
      auto done = [all, booking, answer](result<saga_answer> r) {
        std::lock_guard lock{all->mutex};
        const bool ended = r && !r->still_running && !std::holds_alternative<failure>(r->result);
        (ended ? all->answer.cancelled : all->answer.still_running).push_back(booking);
        if (r) all->answer.position = std::max(all->answer.position, r->position);
        if (--all->missing == 0) answer(all->answer);
      };
      auto s = cancellation_for_room(room, booking, ctx.principal, ctx.correlation, ctx.deadline,
                                     std::move(done));
      auto& inlet = inlet_of(s.request.id);
      inlet.send(std::move(s));
    }
  }

  void fire(const due_entry& e) {
    const auto now = world_.clock.now();
    const command_context ctx{account_id{"clock"}, {}, now + std::chrono::seconds{10}};
    if (auto command = command_of(e))
      return entities_.send(room_request{
          e.room.str(), std::move(*command), ctx, "clock", {}, {}, [](const auto&) {}});
    auto s = cancellation_for_room(e.room, reservation_id{e.id}, ctx.principal, ctx.correlation,
                                   ctx.deadline, [](const auto&) {});
    auto& inlet = inlet_of(s.request.id);
    inlet.send(std::move(s));
  }

  desk_world world_;
  actor_registry registry_;
  admission admission_;
  caf::actor_system_config config_;
  caf::actor_system system_;
  recovery reader_;
  entity_world entity_world_;
  regions entities_;
  saga_world saga_world_;
  due_world due_world_;
  std::vector<std::shared_ptr<saga_window>> windows_;
  std::vector<std::shared_ptr<saga_inlet>> inlets_;
  std::vector<saga_host_actor> hosts_;
  due_clock_actor due_clock_;
  bool stopped_ = false;
};

}  // namespace

std::unique_ptr<desk> desk::make(desk_world world, desk_options options) {
  return std::make_unique<actor_desk>(world, std::move(options));
}

}  // namespace atrium
