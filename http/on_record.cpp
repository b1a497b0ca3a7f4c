#include "http/on_record.hpp"

#include <utility>

namespace atrium::http {

void answer_on_record(api_context& c, const request_ptr& r, const responder_ptr& out,
                      std::string action, std::string target, std::function<response()> done) {
  cmd::note_act note{r->caller.account, std::move(action), std::move(target), ""};
  c.commands.execute(audit_task{std::move(note)}, context_of(c, *r),
                     [r, out, done = std::move(done)](result<entity_answer> a) {
                       if (!a) return out->send(problem(a.error(), *r));
                       auto answer = done();
                       add_position(answer, a->position);
                       out->send(std::move(answer));
                     });
}

}  // namespace atrium::http
