#include "tests/sagas/simulation.hpp"

#include <gtest/gtest.h>

namespace atrium::testing {

simulation::simulation()
    : provider_([this](bool late, std::function<void()> f) {
        (late ? late_ : queue_).push_back(std::move(f));
      }) {
  boot();
}

void simulation::boot() {
  index_.catch_up();
  runner_ = std::make_unique<saga_runner>(*this, log_, index_, options);
  for (const auto& id : index_.open_sagas(1000))
    runner_->resume({id, index_.read_stream("saga/" + id.str(), 1)});
}

void simulation::register_room(std::int64_t price_per_hour, const char* id) {
  room_facts facts;
  facts.name = "Blue";
  facts.capacity = 8;
  facts.time_zone = "Asia/Seoul";
  facts.price_per_hour = {price_per_hour, "KRW"};
  ASSERT_TRUE(tell_room(id, cmd::register_room{facts}));
}

result<entity_reply> simulation::tell_room(const char* id, room_command command) {
  std::optional<result<entity_reply>> answer;
  core(id).handle({id, std::move(command), {}, "test", {}, {}, [&](const auto& r) { answer = r; }});
  while (!answer && step()) {
  }
  return answer.value_or(failure{.code = ec::timeout, .detail = "the room did not answer"});
}

ev::change_request simulation::change(const std::string& of, const char* to, int hour,
                                      int minutes) {
  const auto* now = standing("acc_1-" + of);
  ev::change_request rq;
  if (now == nullptr) return rq;
  const auto start = *parse_instant("2026-11-23T00:00:00Z") + std::chrono::hours{hour};
  rq.room = room_id{to};
  rq.from = *now;
  rq.when = {start, start + std::chrono::minutes{minutes}};
  rq.party_size = now->party_size;
  rq.title = now->title;
  rq.payment = {"card", "pm"};
  rq.captured = now->price;
  rq.refunded = {0, "KRW"};
  return rq;
}

ev::booking_request simulation::booking(int hour) const {
  const auto day = *parse_instant("2026-11-23T00:00:00Z");
  return {room_id{room()},
          {day + std::chrono::hours{hour}, day + std::chrono::hours{hour + 1}},
          2,
          "Sync",
          {"card", "pm"},
          {}};
}

std::shared_ptr<simulation::call> simulation::submit(const std::string& key, ev::saga_input input,
                                                     const std::string& who,
                                                     std::chrono::seconds waits) {
  auto c = std::make_shared<call>();
  runner_->submit({{saga_id{who + "-" + key}, "fp-" + key, std::move(input)},
                   {account_id{who}, "trace", clock_.now() + waits},
                   [c](result<saga_answer> a) { c->answer = std::move(a); }});
  return c;
}

bool simulation::step_now() {
  if (!queue_.empty()) {
    auto f = std::move(queue_.front());
    queue_.pop_front();
    f();
    return true;
  }
  if (log_.step()) {
    index_.catch_up();
    return true;
  }
  return false;
}

void simulation::run_now() {
  while (step_now()) {
  }
}

bool simulation::step() {
  if (step_now()) return true;
  if (const auto wake = runner_->next_wake()) {
    if (*wake > clock_.now()) clock_.set(*wake);
    runner_->tick();
    return true;
  }
  if (!late_.empty()) {
    queue_.swap(late_);
    return true;
  }
  return false;
}

std::size_t simulation::settle() {
  std::size_t n = 0;
  while (step()) {
    if (++n > 100'000) {
      ADD_FAILURE() << "the simulation does not come to rest";
      break;
    }
  }
  return n;
}

void simulation::crash(bool keep_queued_writes) {
  if (keep_queued_writes) log_.flush();
  log_.crash();
  queue_.clear();
  late_.clear();
  rooms_.clear();
  runner_.reset();
  boot();
}

entity_core<room_traits>& simulation::core(const std::string& id) {
  auto& c = rooms_[id];
  if (!c) {
    c = std::make_unique<entity_core<room_traits>>(id, log_, clock_);
    c->restore(std::nullopt, index_.read_stream(room_traits::stream(id), 1));
  }
  return *c;
}

const room_book& simulation::book(const char* id) {
  return core(id).state();
}

const reservation* simulation::standing(const std::string& id) {
  const reservation* found = nullptr;
  for (const auto* r : {room(), far_room()})
    if (const auto* known = book(r).find(reservation_id{id}); known != nullptr)
      if (found == nullptr || occupies_slot(known->status)) found = known;
  return found;
}

namespace {

/// The action that a command is sent for.
saga_action action_of(const room_command& command) {
  return std::visit(
      []<class C>(const C&) {
        if constexpr (std::is_same_v<C, cmd::hold_slot>) return saga_action::hold_slot;
        if constexpr (std::is_same_v<C, cmd::place_hold>) return saga_action::place_hold;
        if constexpr (std::is_same_v<C, cmd::await_payment>) return saga_action::authorize;
        if constexpr (std::is_same_v<C, cmd::confirm>) return saga_action::confirm;
        if constexpr (std::is_same_v<C, cmd::release_slot>) return saga_action::release_slot;
        if constexpr (std::is_same_v<C, cmd::cancel>) return saga_action::cancel_slot;
        if constexpr (std::is_same_v<C, cmd::grant_refund>) return saga_action::grant_refund;
        if constexpr (std::is_same_v<C, cmd::withdraw_refund>) return saga_action::withdraw_refund;
        if constexpr (std::is_same_v<C, cmd::check_change>) return saga_action::check_booking;
        if constexpr (std::is_same_v<C, cmd::hold_change>) return saga_action::hold_change;
        if constexpr (std::is_same_v<C, cmd::release_change>) return saga_action::release_change;
        if constexpr (std::is_same_v<C, cmd::begin_leaving>) return saga_action::begin_leaving;
        if constexpr (std::is_same_v<C, cmd::stay>) return saga_action::stay;
        if constexpr (std::is_same_v<C, cmd::apply_change>) return saga_action::apply_change;
        if constexpr (std::is_same_v<C, cmd::leave>) return saga_action::leave;
        if constexpr (std::is_same_v<C, cmd::expire_hold>) return saga_action::expire_hold;
        if constexpr (std::is_same_v<C, cmd::advance>) return saga_action::miss;
        return saga_action::none;
      },
      command);
}

}  // namespace

void simulation::script_room(saga_action action, std::vector<provider_fate> fates) {
  room_scripts_[action] = {fates.begin(), fates.end()};
}

provider_fate simulation::next_fate(const room_command& command) {
  auto& fates = room_scripts_[action_of(command)];
  if (fates.empty()) return provider_fate::ok;
  const auto fate = fates.front();
  fates.pop_front();
  return fate;
}

void simulation::to_room(const saga_id& id, std::uint64_t turn, room_request&& request) {
  const auto fate = next_fate(request.command);
  const auto answer = [this, id, turn](result<entity_reply> r) {
    queue_.push_back([this, id, turn, r] { runner_->on(saga_room_reply{id, turn, r}); });
  };
  switch (fate) {
    case provider_fate::rejected:
      return answer(failure{.code = ec::illegal_transition, .detail = "scripted"});
    case provider_fate::retryable:
    case provider_fate::not_sent:
      return answer(failure{.code = ec::fenced, .detail = "scripted"});
    case provider_fate::unknown_before:
      return answer(failure{.code = ec::timeout, .detail = "scripted"});
    case provider_fate::silent_before:
      return;
    default:
      break;
  }
  request.done = [this, id, turn, fate, answer](result<entity_reply> r) {
    switch (fate) {
      case provider_fate::unknown_after:
        return answer(failure{.code = ec::timeout, .detail = "scripted"});
      case provider_fate::silent_after:
        return;
      case provider_fate::late:
        late_.push_back([this, id, turn, r] { runner_->on(saga_room_reply{id, turn, r}); });
        return;
      case provider_fate::twice:
        answer(r);
        return answer(std::move(r));
      default:
        return answer(std::move(r));
    }
  };
  queue_.push_back([this, rq = std::move(request)]() mutable {
    auto& c = core(rq.id);
    c.handle(std::move(rq));
  });
}

void simulation::append(const saga_id& id, std::uint64_t turn, const room_id& room,
                        journal::batch records) {
  log_.append(
      shard_of(room_traits::stream(room.view()), log_.shards()), std::move(records),
      [this, id, turn](const append_result& r) {
        queue_.push_back([this, id, turn, r] { runner_->on(saga_append_reply{id, turn, r}); });
      });
}

void simulation::pay(const saga_id& id, std::uint64_t turn, payment_call call) {
  queue_.push_back([this, id, turn, call = std::move(call)] {
    auto done = [this, id, turn](payment_answer a) {
      runner_->on(saga_payment_reply{id, turn, std::move(a)});
    };
    switch (call.is) {
      case payment_call::kind::authorize:
        return provider_.authorize(call.authorize, done);
      case payment_call::kind::capture:
        return provider_.capture(call.operation, done);
      case payment_call::kind::void_payment:
        return provider_.void_payment(call.operation, done);
      case payment_call::kind::refund:
        return provider_.refund(call.operation, done);
    }
  });
}

void simulation::look_up(const saga_id& id, std::uint64_t turn, const payment_id& payment,
                         const std::string& reference) {
  queue_.push_back([this, id, turn, payment, reference] {
    last_reference = reference;
    provider_.lookup(payment, reference, [this, id, turn](payment_lookup l) {
      runner_->on(saga_lookup_reply{id, turn, std::move(l)});
    });
  });
}

std::int64_t simulation::refunded_of(const payment_id& payment) const {
  std::int64_t sum = 0;
  for (const auto& e : log_.events())
    if (const auto* r = std::get_if<ev::payment_refunded>(&e.what);
        r != nullptr && r->id == payment)
      sum += r->amount.amount;
  return sum;
}

void simulation::reload(const saga_id& id, const room_id&) {
  ++reloads;
  queue_.push_back([this, id] {
    log_.flush();
    index_.catch_up();
    runner_->resume({id, index_.read_stream("saga/" + id.str(), 1)});
  });
}

std::size_t simulation::events_of(std::string_view type) const {
  std::size_t n = 0;
  for (const auto& e : log_.events()) n += e.type == type;
  return n;
}

}  // namespace atrium::testing
