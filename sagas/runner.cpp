#include "sagas/runner.hpp"

#include <algorithm>

#include "domain/time.hpp"
#include "persistence/stored_answer.hpp"

namespace atrium {

namespace {
constexpr std::size_t most_waiters = 64;
/// Finished sagas kept while the index lags; beyond it new sagas are refused.
constexpr std::size_t most_recent = 200'000;

failure busy(std::string detail) {
  return {.code = ec::overloaded, .detail = std::move(detail), .retry_after_ms = 1000};
}

failure conflict() {
  return {.code = ec::idempotency_conflict,
          .detail =
              "This Idempotency-Key was already used for a different request. Use a new key for a "
              "new request.",
          .violations = {{"idempotency-key", "one body per key", "another body", ""}}};
}

failure no_payments(milliseconds wait) {
  const auto seconds = (wait.count() + 999) / 1000;
  return {.code = ec::dependency_unavailable,
          .detail =
              "Payments cannot be taken at the moment, so nothing was booked or charged. "
              "Please try again in " +
              std::to_string(seconds) + (seconds == 1 ? " second." : " seconds."),
          .retry_after_ms = seconds * 1000,
          .reason = "payment-provider"};
}

/// A refusal that may be different next time is not the stored answer of its key.
bool is_final(const ev::saga_result& r) {
  const auto* f = std::get_if<failure>(&r);
  return f == nullptr || !is_transient(f->code);
}

std::string saga_stream(const saga_id& id) {
  return "saga/" + id.str();
}
}  // namespace

saga_runner::saga_runner(saga_ports& ports, const journal& log, const stream_index& index,
                         options o)
    : ports_(ports), log_(log), index_(index), options_(o) {}

// ---- admission ---------------------------------------------------------------------------------

void saga_runner::submit(saga_submission s) {
  if (answer_from_memory(s)) return;
  std::uint64_t seq = 0;
  if (auto f = find_finished(s.request.id)) {
    if (f->fingerprint != s.request.fingerprint) return s.done(conflict());
    if (is_final(f->result)) return replay(s, *f);
    seq = f->seq;
  }
  if (s.request.if_new) return s.done(std::move(*s.request.if_new));
  if (std::holds_alternative<ev::booking_request>(s.request.input)) {
    // Nobody holds a slot, and nothing is written, for a payment that cannot be taken.
    if (const auto wait = ports_.payments_refused_for(); wait.count() > 0)
      return s.done(no_payments(wait));
  }
  if (runs_.size() - awaiting_ >= options_.most_running || recent_.size() >= most_recent)
    return s.done(busy("The booking desk is busy. Please try again in a second."));
  start(std::move(s), seq);
}

bool saga_runner::answer_from_memory(saga_submission& s) {
  const auto running = runs_.find(s.request.id);
  if (running == runs_.end()) return false;
  auto& run = running->second;
  if (run.fingerprint != s.request.fingerprint) {
    s.done(conflict());
  } else if (run.at == saga_run::phase::parked) {
    s.done(failure{.code = ec::dependency_unavailable,
                   .detail = "This request waits for an operator: " + run.waiting_for +
                             ". Ask the office; do not book again.",
                   .retry_after_ms = 60'000});
  } else if (run.awaiting && run.action) {
    s.done(to_act(run, true));
  } else if (run.waiters.size() >= most_waiters) {
    s.done(busy("Too many requests with this Idempotency-Key are waiting. Try again in a second."));
  } else {
    run.waiters.push_back({std::move(s.done), s.ctx.deadline, true});
    set_alarm(run, s.ctx.deadline);
  }
  return true;
}

std::optional<saga_runner::finished> saga_runner::find_finished(const saga_id& id) const {
  if (const auto it = recent_.find(id); it != recent_.end()) return it->second;
  const auto entry = index_.find_saga(id);
  if (!entry || entry->is != saga_entry::state::completed) return std::nullopt;
  finished f;
  f.position = entry->last_position;
  const auto read_one = [&](std::uint64_t position, auto take) {
    log_.read(position, 1, [&](std::uint64_t at, std::string_view record) {
      if (auto e = decode_record(at, record)) take(*e);
      return false;
    });
  };
  read_one(entry->started_position, [&](const stored_event& e) {
    if (const auto* started = std::get_if<ev::saga_started>(&e.what))
      f.fingerprint = started->fingerprint;
  });
  read_one(entry->last_position, [&](const stored_event& e) {
    f.seq = e.seq;
    f.at = e.at;
    if (const auto* done = std::get_if<ev::saga_completed>(&e.what)) f.result = done->result;
  });
  complete(f.result, log_, entry->started_position);
  return f;
}

void saga_runner::replay(saga_submission& s, const finished& f) {
  s.done(saga_answer{
      .position = f.position, .result = f.result, .replayed = true, .completed_at = f.at});
}

void saga_runner::start(saga_submission s, std::uint64_t seq) {
  const auto now = ports_.now();
  saga_run run;
  run.id = s.request.id;
  run.principal = s.ctx.principal;
  run.correlation = s.ctx.correlation;
  run.fingerprint = std::move(s.request.fingerprint);
  run.input = std::move(s.request.input);
  run.def = &definition_of(run.input);
  run.started = run.since = now;
  run.deadline = now + run.def->give_up_after;
  run.seq = seq;
  run.run_no = seq + 1;
  run.payment = payment_of(run.id, run.run_no);
  run.unwritten.push_back(
      ev::saga_started{run.id, run.principal, run.fingerprint, run.input, run.deadline});
  run.waiters.push_back({std::move(s.done), s.ctx.deadline, false});
  auto& placed = runs_.emplace(run.id, std::move(run)).first->second;
  run_step(placed);
}

// ---- answers -----------------------------------------------------------------------------------

void saga_runner::finish(saga_run& run, std::uint64_t position) {
  finished f{std::move(run.fingerprint), std::move(*run.result), position, run.seq, ports_.now()};
  answer_all(run, saga_answer{.position = position, .result = f.result, .completed_at = f.at});
  const auto id = run.id;
  forget(run);
  recent_order_.emplace_back(position, id);
  recent_.insert_or_assign(id, std::move(f));
  forget_indexed();
}

void saga_runner::drop(saga_run& run, failure why) {
  answer_all(run, result<saga_answer>{why});
  if (run.ordered_by) run.ordered_by(std::move(why));
  forget(run);
}

void saga_runner::answer_all(saga_run& run, const result<saga_answer>& answer) {
  auto waiters = std::move(run.waiters);
  run.waiters.clear();
  for (auto& w : waiters) {
    auto mine = answer;
    if (mine) mine->replayed = w.duplicate;
    w.done(std::move(mine));
  }
}

void saga_runner::forget_indexed() {
  const auto indexed = index_.position();
  while (!recent_order_.empty() && recent_order_.front().first <= indexed) {
    const auto it = recent_.find(recent_order_.front().second);
    if (it != recent_.end() && it->second.position <= indexed) recent_.erase(it);
    recent_order_.pop_front();
  }
}

// ---- timers ------------------------------------------------------------------------------------

saga_run* saga_runner::awaiting(const saga_id& id, std::uint64_t turn) {
  const auto it = runs_.find(id);
  return it != runs_.end() && it->second.turn == turn ? &it->second : nullptr;
}

void saga_runner::arm(saga_run& run, std::chrono::milliseconds after) {
  run.turn = ++turns_;
  run.at_room = run.asked = run.peeking = false;
  run.wake = ports_.now() + after;
  set_alarm(run, run.wake);
}

/// How long an answer to the current step is waited for.
milliseconds saga_runner::patience(const saga_run& run) const {
  const auto& step = run.current();
  if (party_of(run.acting()) != saga_party::provider) return step.timeout;
  return std::max(step.timeout, options_.provider_patience);
}

/// One alarm per saga is enough: it is set again when it rings too early (expire_waiters).
void saga_runner::set_alarm(saga_run& run, instant at) {
  auto first = at;
  for (const auto& w : run.waiters) first = std::min(first, w.deadline);
  if (run.next_alarm == instant{} || first < run.next_alarm) {
    run.next_alarm = first;
    alarms_.emplace(first, run.id);
  }
}

std::optional<instant> saga_runner::next_wake() const {
  if (alarms_.empty()) return std::nullopt;
  return alarms_.top().first;
}

void saga_runner::tick() {
  const auto now = ports_.now();
  forget_indexed();
  while (!alarms_.empty() && alarms_.top().first <= now) {
    const auto [at, id] = alarms_.top();
    alarms_.pop();
    const auto it = runs_.find(id);
    if (it == runs_.end() || it->second.next_alarm != at) continue;
    auto& run = it->second;
    run.next_alarm = {};
    expire_waiters(run);
    if (run.wake != instant{} && run.wake <= now) {
      run.wake = {};
      on_timer(run);
    } else if (run.wake != instant{} || !run.waiters.empty()) {
      set_alarm(run, run.wake != instant{} ? run.wake : run.waiters.front().deadline);
    }
  }
}

void saga_runner::expire_waiters(saga_run& run) {
  const auto now = ports_.now();
  std::erase_if(run.waiters, [&](saga_run::waiter& w) {
    if (w.deadline > now) return false;
    w.done(saga_answer{.replayed = w.duplicate, .still_running = true});
    return true;
  });
}

// ---- writing -----------------------------------------------------------------------------------

std::vector<attached_event> saga_runner::attach(saga_run& run, std::vector<event> last) {
  std::vector<attached_event> out;
  out.reserve(run.unwritten.size() + last.size());
  auto seq = run.seq;
  for (const auto& e : run.unwritten) out.push_back({saga_stream(run.id), ++seq, e});
  for (auto& e : last) out.push_back({saga_stream(run.id), ++seq, std::move(e)});
  run.in_batch = out.size();
  return out;
}

void saga_runner::written(saga_run& run) {
  run.seq += run.in_batch;
  run.in_batch = 0;
  run.unwritten.clear();
  run.durable_start = true;
}

void saga_runner::write(saga_run& run, std::vector<event> last) {
  journal::batch records;
  for (const auto& a : attach(run, std::move(last)))
    records.push_back(encode_record({.stream = a.stream,
                                     .seq = a.seq,
                                     .at = ports_.now(),
                                     .correlation = run.correlation,
                                     .causation = run.id.view(),
                                     .actor = run.principal.view()},
                                    a.what));
  ports_.append(run.id, run.turn, run.room(), std::move(records));
}

/// Written without waiting: appends of one shard become durable in order, so whatever this saga
/// writes later stands behind it.
void saga_runner::note(saga_run& run, event what) {
  if (!run.durable_start) return;
  const auto turn = std::exchange(run.turn, 0);
  write(run, {std::move(what)});
  written(run);
  run.turn = turn;
}

}  // namespace atrium
