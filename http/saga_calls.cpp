#include "http/saga_calls.hpp"

#include "http/idempotency.hpp"

namespace atrium::http {

response accepted(std::string location, std::string body) {
  auto r = json_answer(202, std::move(body));
  r.headers.emplace_back("Location", std::move(location));
  r.headers.emplace_back("Retry-After", "1");
  return r;
}

response stored_problem(const failure& f, const request& r) {
  if (is_transient(f.code)) return problem(f, r);
  request told;
  told.method = r.method;
  told.target = r.target;
  told.path = r.path;
  told.language = r.language;
  return problem(f, told);
}

void call_saga(api_context& c, const request_ptr& r, const responder_ptr& out, saga_call call) {
  start_saga start{saga_id_of(r->caller.account, call.key),
                   fingerprint_of(call.operation, call.canonical), std::move(call.input),
                   std::move(call.if_new)};
  c.commands.submit(std::move(start), context_of(c, *r),
                    [r, out, done = std::move(call.done), running = std::move(call.running),
                     acting = std::move(call.acting)](result<saga_answer> a) {
                      if (!a) return out->send(problem(a.error(), *r));
                      if (a->action && acting) {
                        auto answer = acting(*a->action);
                        add_position(answer, a->position);
                        return out->send(std::move(answer));
                      }
                      if (a->still_running) return out->send(running());
                      const auto* refused = std::get_if<failure>(&a->result);
                      auto answer = refused ? stored_problem(*refused, *r) : done(*a);
                      add_position(answer, a->position);
                      if (a->replayed) answer.headers.emplace_back("Atrium-Replayed", "true");
                      out->send(std::move(answer));
                    });
}

}  // namespace atrium::http
