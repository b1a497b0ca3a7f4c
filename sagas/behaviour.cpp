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

saga_reaction by_provider(saga_news news, bool is_past) {
  switch (news) {
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
  if (news == saga_news::ok)
    return step + 1 == def.steps.size() ? saga_reaction::ends : saga_reaction::goes_on;
  if (def.driven_by == saga_definition::driver::due_clock) return saga_reaction::sends_again;
  if (party_of(def.steps[step].run) == saga_party::provider)
    return by_provider(news, is_past_pivot(def, step));
  return by_room(def, step, news);
}

std::string_view to_string(saga_news n) {
  switch (n) {
    case saga_news::ok:
      return "ok";
    case saga_news::rejected:
      return "rejected";
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
    case saga_reaction::asks_ledger:
      return "ask the ledger";
    case saga_reaction::reads_journal:
      return "read the journal";
    case saga_reaction::sends_again:
      return "send again";
    case saga_reaction::passes_over:
      return "nothing";
  }
  return "?";
}

}  // namespace atrium
