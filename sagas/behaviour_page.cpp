#include "sagas/behaviour.hpp"

namespace atrium {

namespace {
using std::chrono::milliseconds;

constexpr std::string_view introduction = R"(# The sagas

Printed from the definitions in `sagas/definition.cpp` by `saga_page` (a target of the tests); a test holds this
page and the engine against the table. Do not edit it by hand.

A step asks a room or the payment provider. Before the *pivot* a saga can turn round: what was done is undone,
newest first. From the pivot on it only goes forward: it retries, then it is *parked* for a person. A room's
events and the saga's own become durable in one batch; a saga that is cut short is resumed from its stream.

## What an answer leads to

- *next step*, *end*: as they say. *end* answers the caller once it is durable.
- *refused*: nothing was done; the refusal is journalled, then answered. Where the room only asks for patience,
  the caller is told so and the key is not used up.
- *compensate*: undo, then answer with the reason.
- *retry, then compensate*: as often as the step allows, with growing pauses. *retry stubbornly, then park*: 12
  times, pauses up to 30 s, all with jitter. A call that the circuit breaker held back is no try.
- *await the customer* (3-D Secure): what is waited for, and until when, becomes durable; the caller gets 202 with
  what the customer has to do; the slot stays locked. A notice of the provider or a look-up (after 5 s, then rarer,
  at most every minute, and a last one when the time is over) carries it on, as the table below says. It ends
  `payment-action-ttl` after the question, or with the slot. See [ADR 15](adr/0015-awaiting-payment.md).
- *ask the ledger*: the provider's ledger is looked up until it says what happened. If it does not by the time the
  saga stops going forward (60 s), what may have been taken is undone, again by asking the ledger.
- *read the journal*: after the time-out the saga's stream is read as it is durable, and the saga goes on from there.
- *send again*: the due clock repeats the command until the due-time index no longer lists it.
- *nothing*: each request carries a number (its turn), and an answer to another than the one awaited is passed
  over. A repeated request meets the same idempotency key.

Every saga that waits says for what and until when: `waitingFor` and `until` in `/v1/introspection/sagas`. A parked
one waits for a person, without an end.
)";

std::string seconds(milliseconds t) {
  if (t.count() % 1000 == 0) return std::to_string(t.count() / 1000) + " s";
  return std::to_string(t.count()) + " ms";
}

std::string retries(const saga_step_definition& s) {
  if (s.retry.attempts == 0) return "every " + seconds(s.retry.first) + " until done";
  // A room answers or the journal is read: nothing is sent twice to find out.
  if (party_of(s.run) != saga_party::provider) return "by the journal";
  if (s.retry.attempts == 1) return "stubborn";
  return std::to_string(s.retry.attempts) + " tries, " + seconds(s.retry.first) + " to " +
         seconds(s.retry.most);
}

std::string key_of(const saga_definition& def, const saga_step_definition& s) {
  if (def.driven_by == saga_definition::driver::due_clock) return "the hold's or booking's id";
  if (party_of(s.run) == saga_party::provider)
    return "saga id / run / " + std::string(to_string(s.run));
  return "saga id";
}

std::string_view name_of(saga_party p) {
  switch (p) {
    case saga_party::nobody:
      return "nobody";
    case saga_party::room:
      return "room";
    case saga_party::old_room:
      return "old room";
    case saga_party::provider:
      return "provider";
  }
  return "?";
}

void add_steps(std::string& out, const saga_definition& def) {
  out += "\n| step | asks | action | compensation | time-out | retries | idempotency key |\n";
  out += "|---|---|---|---|---|---|---|\n";
  for (const auto& s : def.steps) {
    out += "| " + std::string(s.name) + (s.pivot ? " (pivot)" : "") + " | ";
    out += std::string(name_of(party_of(s.run))) + " | " + std::string(to_string(s.run)) + " | ";
    out += s.undo == saga_action::none ? "-" : std::string(to_string(s.undo));
    out += " | " + seconds(s.timeout) + " | " + retries(s) + " | " + key_of(def, s) + " |\n";
  }
}

void add_reactions(std::string& out, const saga_definition& def) {
  out += "\n| step |";
  for (const auto n : all_news) out += " " + std::string(to_string(n)) + " |";
  out += "\n|---|---|---|---|---|---|---|---|\n";
  for (std::size_t i = 0; i < def.steps.size(); ++i) {
    out += "| " + std::string(def.steps[i].name) + " |";
    for (const auto n : all_news) out += " " + std::string(in_words(reaction_to(def, i, n))) + " |";
    out += "\n";
  }
}

void add_waiting(std::string& out, const saga_definition& def) {
  for (const auto& s : def.steps) {
    if (!s.awaits_customer) continue;
    out += "\n| " + std::string(s.name) + ", awaiting the customer |";
    std::string line = "\n|---|", cells = "\n| leads to |";
    for (const auto n : all_waiting_news) {
      out += " " + std::string(to_string(n)) + " |";
      line += "---|";
      cells += " " + std::string(in_words(reaction_while_waiting(n))) + " |";
    }
    out += line + cells + "\n";
  }
}

}  // namespace

std::string sagas_page() {
  std::string out{introduction};
  for (const auto* def : all_sagas()) {
    out += "\n## " + std::string(def->name) + ", version " + std::to_string(def->version) + "\n\n";
    out += std::string(def->purpose) + "\n";
    out += def->driven_by == saga_definition::driver::due_clock
               ? "Driven by the due clock: one command to the room that may be repeated without "
                 "harm, and no stream of its own.\n"
               : "Stops going forward " + seconds(def->give_up_after) + " after its start.\n";
    add_steps(out, *def);
    add_reactions(out, *def);
    add_waiting(out, *def);
  }
  return out;
}

}  // namespace atrium
