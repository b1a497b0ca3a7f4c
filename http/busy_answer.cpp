#include "http/busy_answer.hpp"

namespace atrium::http {

void busy_answer::prepare(const failure& why, const request& r, const head_context& context,
                          prepared& to) {
  const auto answer = problem(why, r);
  to.is = {answer.status, answer.problem};
  to.start.clear();
  append_response_start(answer, context, to.start);
  constexpr std::string_view label = R"("traceId":")";
  to.trace_at = answer.body.rfind(label) + label.size();
  to.body = answer.body;
  to.why = why;
  to.target = r.target;
  to.date_line = context.date_line;
}

const busy_answer::kind& busy_answer::append(const failure& why, const request& r,
                                             std::size_t route, const head_context& context,
                                             std::string& out) {
  if (route >= by_route_.size()) by_route_.resize(route + 1);
  auto& known = by_route_[route][r.language == "ko" ? 1 : 0];
  if (known.date_line != context.date_line || known.target != r.target || !(known.why == why))
    prepare(why, r, context, known);
  out += known.start;
  append_response_end(context, out);
  const auto body_at = out.size();
  out += known.body;
  out.replace(body_at + known.trace_at, r.trace_id.size(), r.trace_id);
  return known.is;
}

}  // namespace atrium::http
