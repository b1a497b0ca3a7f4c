#include "tests/http/api_desk.hpp"

#include "domain/inbox.hpp"
#include "persistence/codec.hpp"

namespace atrium::test {

std::uint64_t api_desk::write(const std::string& stream, const std::vector<event>& events,
                              const command_context& ctx, const std::string& causation) {
  auto seq = index_.read_stream(stream, 1).size();
  journal::batch batch;
  for (const auto& e : events)
    batch.push_back(encode_record(
        {stream, ++seq, clock_.now(), ctx.correlation, causation, ctx.principal.str(), e}));
  if (batch.empty()) return log_.durable_position();
  log_.append(shard_of(stream, log_.shards()), std::move(batch), [](const append_result&) {});
  log_.flush();
  index_.catch_up();
  if (after_write) after_write();
  return log_.durable_position();
}

template <class Aggregate, class Command>
result<entity_answer> api_desk::decide(Aggregate state, const std::string& stream,
                                       const Command& command, const command_context& ctx,
                                       const std::string& causation) {
  for (const auto& e : index_.read_stream(stream, 1)) state.apply(e.what, e.at, e.seq);
  auto events = state.decide(command, clock_.now());
  if (!events) return events.error();
  auto seq = index_.read_stream(stream, 1).size();
  for (const auto& e : *events) state.apply(e, clock_.now(), ++seq);
  entity_answer answer;
  if (!events->empty()) answer.position = write(stream, *events, ctx, causation);
  answer.version = state.version();
  answer.events = std::move(*events);
  return answer;
}

void api_desk::execute(entity_task task, command_context ctx, completion<entity_answer> done) {
  contexts.push_back(ctx);
  struct {
    api_desk& desk;
    const command_context& ctx;
    result<entity_answer> operator()(const room_task& t) {
      return desk.decide(room_book(t.room), "room/" + t.room.str(), t.command, ctx, "");
    }
    result<entity_answer> operator()(const account_task& t) {
      return desk.decide(account(t.account), "account/" + t.account.str(), t.command, ctx, "");
    }
    result<entity_answer> operator()(const review_task& t) {
      return desk.decide(review(), "review/" + t.reservation.str(), t.command, ctx, "");
    }
    result<entity_answer> operator()(const audit_task& t) {
      return desk.decide(audit_log{}, "audit", audit_command(t.act), ctx, "");
    }
    result<entity_answer> operator()(const read_mark_task& t) {
      return desk.decide(inbox(), "inbox/" + t.account.str(),
                         inbox_command(cmd::mark_read{t.notification}), ctx, "");
    }
  } run{*this, ctx};
  done(std::visit(run, task));
}

ev::saga_result api_desk::book(const start_saga& s, const ev::booking_request& in,
                               const command_context& ctx) {
  const payment_id payment("pay_" + s.id.str());
  const reservation_id id(s.id.str());
  const auto room = "room/" + in.room.str();
  const cmd::hold_slot lock{id,       ctx.principal, in.when, in.party_size,
                            in.title, in.from_hold,  payment};
  const auto held = decide(room_book(in.room), room, room_command(lock), ctx, s.id.str());
  if (!held) return held.error();
  const auto& h = std::get<ev::reservation_held>(held->events.back());
  const auto saga = "saga/" + s.id.str();
  if (in.payment.token.find("Declined") != std::string::npos) {
    write(saga,
          {ev::payment_declined{payment, id, ctx.principal, h.price, "card", "sandbox",
                                "card_declined"}},
          ctx, s.id.str());
    decide(room_book(in.room), room,
           room_command(cmd::release_slot{id, reservation_status::payment_failed}), ctx,
           s.id.str());
    return failure{.code = ec::payment_declined,
                   .detail = "The card was declined; nothing was charged. Use another card.",
                   .reason = "card_declined"};
  }
  write(saga, {ev::payment_captured{payment, id, h.price, ctx.principal, "card", "sandbox", "ref"}},
        ctx, s.id.str());
  decide(room_book(in.room), room, room_command(cmd::confirm{id}), ctx, s.id.str());
  const reservation booked{id,
                           in.room,
                           ctx.principal,
                           in.when,
                           h.time_zone,
                           in.party_size,
                           in.title,
                           h.price,
                           h.policy,
                           reservation_status::confirmed,
                           payment,
                           clock_.now()};
  return ev::booking_result{booked, h.price};
}

ev::saga_result api_desk::hold(const start_saga& s, const ev::hold_request& in,
                               const command_context& ctx) {
  const cmd::place_hold place{hold_id(s.id.str()), ctx.principal, in.when, in.party_size,
                              clock_.now() + milliseconds(in.ttl_ms)};
  const auto held =
      decide(room_book(in.room), "room/" + in.room.str(), room_command(place), ctx, s.id.str());
  if (!held) return held.error();
  const auto& h = std::get<ev::hold_placed>(held->events.back());
  return ev::hold_result{h.id, in.room, h.when, h.party_size, h.price, h.expires_at};
}

/// The provider takes everything but the token of a declined card; only within one room.
ev::saga_result api_desk::change(const start_saga& s, const ev::change_request& in,
                                 const command_context& ctx) {
  const payment_id payment("pay_" + s.id.str());
  const auto room = "room/" + in.room.str();
  const cmd::change_terms terms{s.id,     in.from, in.when,       in.party_size,
                                in.title, payment, ctx.principal, in.as_operator};
  const auto held =
      decide(room_book(in.room), room, room_command(cmd::hold_change{terms}), ctx, s.id.str());
  if (!held) return held.error();
  const auto settled = settle_change(
      in.from, std::get<ev::reservation_change_held>(held->events.back()), in.room, payment);
  if (in.payment.token.find("Declined") != std::string::npos) {
    decide(room_book(in.room), room, room_command(cmd::release_change{s.id, "payment-declined"}),
           ctx, s.id.str());
    return failure{.code = ec::payment_declined, .detail = "The card was declined."};
  }
  if (settled.to_take.amount > 0)
    write("saga/" + s.id.str(),
          {ev::payment_captured{payment, in.from.id, settled.to_take, ctx.principal, "card",
                                "sandbox", "ref"}},
          ctx, s.id.str());
  decide(room_book(in.room), room, room_command(cmd::apply_change{terms}), ctx, s.id.str());
  ev::change_result done{settled.booked, in.captured, in.refunded};
  done.captured.amount += settled.to_take.amount;
  for (const auto& part : settled.refunds) {
    write("saga/" + s.id.str(), {ev::payment_refunded{part.payment, in.from.id, part.amount}}, ctx,
          s.id.str());
    done.refunded.amount += part.amount.amount;
  }
  return done;
}

ev::saga_result api_desk::cancel(const ev::cancel_request& in, const command_context& ctx) {
  const cmd::cancel c{in.reservation, ctx.principal, in.as_operator, in.full_refund, in.reason};
  const auto done =
      decide(room_book(in.room), "room/" + in.room.str(), room_command(c), ctx, "cancelling-saga");
  if (!done) return done.error();
  const auto& e = std::get<ev::reservation_cancelled>(done->events.back());
  return ev::cancel_result{e.id, e.refund, e.fee, e.rule};
}

ev::saga_result api_desk::refund(const start_saga& s, const ev::refund_request& in,
                                 const command_context& ctx) {
  const cmd::grant_refund c{s.id,    in.reservation, in.payment, in.amount,
                            in.left, ctx.principal,  in.reason};
  const auto done =
      decide(room_book(in.room), "room/" + in.room.str(), room_command(c), ctx, s.id.str());
  if (!done) return done.error();
  const auto& g = std::get<ev::refund_granted>(done->events.back());
  write("saga/" + s.id.str(), {ev::payment_refunded{g.payment, g.reservation, g.amount}}, ctx,
        s.id.str());
  return ev::refund_result{s.id, g.reservation, g.payment, g.amount, g.reason};
}

ev::saga_result api_desk::run(const start_saga& s, const command_context& ctx) {
  if (const auto* in = std::get_if<ev::booking_request>(&s.input)) return book(s, *in, ctx);
  if (const auto* in = std::get_if<ev::hold_request>(&s.input)) return hold(s, *in, ctx);
  if (const auto* in = std::get_if<ev::change_request>(&s.input)) return change(s, *in, ctx);
  if (const auto* in = std::get_if<ev::refund_request>(&s.input)) return refund(s, *in, ctx);
  return cancel(std::get<ev::cancel_request>(s.input), ctx);
}

void api_desk::submit(start_saga s, command_context ctx, completion<saga_answer> done) {
  submitted.push_back(s);
  contexts.push_back(ctx);
  if (planted_saga) {
    auto answer = std::move(*planted_saga);
    planted_saga.reset();
    return done(std::move(answer));
  }
  if (const auto it = finished_.find(s.id.str()); it != finished_.end()) {
    if (it->second.fingerprint != s.fingerprint)
      return done(
          failure{.code = ec::idempotency_conflict, .detail = "Another body; use a new key."});
    return done(saga_answer{
        .position = it->second.position, .result = it->second.result, .replayed = true});
  }
  if (s.if_new) return done(std::move(*s.if_new));
  const auto saga = "saga/" + s.id.str();
  write(saga, {ev::saga_started{s.id, ctx.principal, s.fingerprint, s.input, ctx.deadline}}, ctx,
        s.id.str());
  auto outcome = run(s, ctx);
  const auto position = write(saga, {ev::saga_completed{s.id, outcome}}, ctx, s.id.str());
  finished_[s.id.str()] = {s.fingerprint, outcome, position};
  done(saga_answer{.position = position, .result = std::move(outcome)});
}

void api_desk::retire_room(room_id room, std::uint64_t if_version, bool cancel_bookings,
                           command_context ctx, completion<retire_answer> done) {
  auto a = decide(room_book(room), "room/" + room.str(),
                  room_command(cmd::retire_room{if_version, cancel_bookings}), ctx, "");
  if (!a) return done(a.error());
  retire_answer answer{.position = a->position};
  for (const auto& e : a->events)
    if (const auto* retired = std::get_if<ev::room_retired>(&e))
      answer.cancelled = retired->cancelling;
  done(std::move(answer));
}

void api_desk::instruct(saga_instruction what, command_context ctx, completion<saga_info> done) {
  instructed.push_back(std::move(what));
  contexts.push_back(std::move(ctx));
  if (planted_order) return done(*planted_order);
  done(failure{.code = ec::not_found, .detail = "There is no such saga."});
}

desk_census api_desk::census() const {
  return {
      .kinds = {{"room", {.actors = 1'500, .handled = 7, .failed = 1, .queued = 2}},
                {"account", {.actors = 2, .handled = 1, .failed = 0, .queued = 1, .oldest_ms = 5}}},
      .sagas = {{"running", 3}, {"parked", 2}},
      .stuck = 1};
}

std::vector<actor_info> api_desk::actors(std::size_t most) const {
  std::vector<actor_info> all{{.id = 1, .kind = "room", .key = "rm_1", .handled = 7, .queued = 2}};
  all.resize(std::min(most, all.size()));
  return all;
}

std::vector<saga_info> api_desk::sagas(std::size_t most) const {
  std::vector<saga_info> all{{.id = saga_id("atrx"),
                              .definition = "reservation",
                              .state = "running",
                              .step = "authorize",
                              .waiting_for = "the payment provider"}};
  all.resize(std::min(most, all.size()));
  return all;
}

}  // namespace atrium::test
