#include "http/token_accounts.hpp"

#include "http/access_log.hpp"
#include "http/routes_common.hpp"

namespace atrium::http {
namespace {

account_command command_for(const api_context& c, const principal& caller) {
  const auto known = c.read.account(caller.account);
  if (!known) return cmd::create_account{*caller.to_record};
  cmd::change_account change{known->facts, known->version};
  change.facts.as = caller.as;
  return change;
}

/// Already there, or changed by somebody else: the next request compares again.
bool may_go_on(const failure& f) {
  return (f.code == ec::already_exists && f.reason.empty()) || f.code == ec::precondition_failed;
}

failure explained(failure f) {
  if (f.code != ec::already_exists && f.code != ec::not_found) return f;
  return failure{.code = ec::unauthenticated,
                 .detail = "The account of this token was deleted. Ask an administrator."};
}

/// As the transport runs handlers: a bug is answered, not thrown into the io thread.
void run(const handler& inner, const request_ptr& r, const responder_ptr& out) {
  try {
    inner(r, out);
  } catch (const std::exception& bug) {
    log_handler_bug(r->path, bug.what(), r->trace_id);
    out->send(edge_problem("internal",
                           "The server made a mistake; repeat with the same Idempotency-Key.", *r));
  }
}

}  // namespace

handler with_account(api_context& c, handler inner) {
  return [&c, inner = std::make_shared<const handler>(std::move(inner))](const request_ptr& r,
                                                                         const responder_ptr& out) {
    if (!r->caller.to_record) return (*inner)(r, out);
    c.commands.execute(account_task{r->caller.account, command_for(c, r->caller)},
                       context_of(c, *r), [inner, r, out](result<entity_answer> a) {
                         if (!a && !may_go_on(a.error()))
                           return out->send(problem(explained(a.error()), *r));
                         // Handlers run on io threads.
                         out->after(std::chrono::milliseconds(0),
                                    [inner, r, out] { run(*inner, r, out); });
                       });
  };
}

}  // namespace atrium::http
