#include "sagas/behaviour.hpp"

#include <algorithm>

namespace atrium {

namespace {

bool is_past_pivot(const saga_definition& def, std::size_t step) {
  const auto& s = def.steps;
  return std::any_of(s.begin(), s.begin() + static_cast<std::ptrdiff_t>(step),
                     [](const auto& earlier) { return earlier.pivot; });
}

/// Whether anything before the step would have to be undone.
bool has_done_something(const saga_definition& def, std::size_t step) {
  const auto& s = def.steps;
  return std::any_of(s.begin(), s.begin() + static_cast<std::ptrdiff_t>(step),
                     [](const auto& earlier) { return earlier.undo != saga_action::none; });
}

/// What is owed by the journal is never turned round.
saga_reaction by_provider_settling(saga_news news) {
  return news == saga_news::rejected ? saga_reaction::parks : saga_reaction::retries_then_parks;
}

saga_reaction by_provider(const saga_step_definition& step, saga_news news, bool is_past) {
  switch (news) {
    case saga_news::must_act:
      if (step.awaits_customer) return saga_reaction::awaits_customer;
      return step.run == saga_action::authorize ? saga_reaction::compensates
                                                : saga_reaction::asks_ledger;
    case saga_news::rejected:
      return is_past ? saga_reaction::parks : saga_reaction::compensates;
    case saga_news::retryable:
      return is_past ? saga_reaction::retries_then_parks : saga_reaction::retries_then_compensates;
    default:
      return saga_reaction::asks_ledger;
  }
}

saga_reaction by_room(const saga_definition& def, std::size_t step, saga_news news) {
  if (news != saga_news::rejected) return saga_reaction::reads_journal;
  if (is_past_pivot(def, step)) return saga_reaction::parks;
  return has_done_something(def, step) ? saga_reaction::compensates : saga_reaction::refuses;
}

}  // namespace

saga_reaction reaction_to(const saga_definition& def, std::size_t step, saga_news news) {
  if (news == saga_news::late || news == saga_news::duplicate) return saga_reaction::passes_over;
  const auto& asked = def.steps[step];
  const bool is_paying = party_of(asked.run) == saga_party::provider;
  if (news == saga_news::must_act && !is_paying) return saga_reaction::cannot_be;
  if (news == saga_news::ok)
    return step + 1 == def.steps.size() ? saga_reaction::ends : saga_reaction::goes_on;
  if (def.driven_by == saga_definition::driver::due_clock) return saga_reaction::sends_again;
  if (asked.run == saga_action::settle) return by_provider_settling(news);
  if (is_paying) return by_provider(asked, news, is_past_pivot(def, step));
  return by_room(def, step, news);
}

saga_reaction reaction_while_waiting(waiting_news news) {
  switch (news) {
    case waiting_news::confirmed:
      return saga_reaction::goes_on;
    case waiting_news::failed:
    case waiting_news::out_of_time:
      return saga_reaction::compensates;
    default:
      return saga_reaction::goes_on_waiting;
  }
}

std::string_view to_string(waiting_news n) {
  switch (n) {
    case waiting_news::confirmed:
      return "the customer confirmed";
    case waiting_news::failed:
      return "the customer failed to";
    case waiting_news::nothing_new:
      return "nothing new";
    case waiting_news::unreachable:
      return "the provider does not answer";
    case waiting_news::room_was_retired:
      return "the room was retired";
    case waiting_news::out_of_time:
      return "out of time";
  }
  return "?";
}

std::string_view to_string(saga_news n) {
  switch (n) {
    case saga_news::ok:
      return "ok";
    case saga_news::rejected:
      return "rejected";
    case saga_news::must_act:
      return "customer must act";
    case saga_news::retryable:
      return "retryable";
    case saga_news::unknown:
      return "unknown";
    case saga_news::late:
      return "late answer";
    case saga_news::duplicate:
      return "duplicate answer";
  }
  return "?";
}

std::string_view in_words(saga_reaction r) {
  switch (r) {
    case saga_reaction::goes_on:
      return "next step";
    case saga_reaction::ends:
      return "end";
    case saga_reaction::refuses:
      return "refused";
    case saga_reaction::compensates:
      return "compensate";
    case saga_reaction::retries_then_compensates:
      return "retry, then compensate";
    case saga_reaction::retries_then_parks:
      return "retry stubbornly, then park";
    case saga_reaction::parks:
      return "park";
    case saga_reaction::awaits_customer:
      return "await the customer";
    case saga_reaction::goes_on_waiting:
      return "wait on";
    case saga_reaction::asks_ledger:
      return "ask the ledger";
    case saga_reaction::reads_journal:
      return "read the journal";
    case saga_reaction::sends_again:
      return "send again";
    case saga_reaction::passes_over:
      return "nothing";
    case saga_reaction::cannot_be:
      return "-";
  }
  return "?";
}

}  // namespace atrium
