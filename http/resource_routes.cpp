#include "http/resource_routes.hpp"

namespace atrium::http {

handler answered_by(api_context& c, response (*f)(const api_context&, const request&)) {
  return read_handler(c, [&c, f](const request& r) { return f(c, r); });
}

handler answered_by(api_context& c,
                    void (*f)(api_context&, const request_ptr&, const responder_ptr&)) {
  return [&c, f](const request_ptr& r, const responder_ptr& out) { f(c, r, out); };
}

void with_version(api_context& c, const request_ptr& r, const responder_ptr& out,
                  std::function<void(std::uint64_t seen)> then) {
  const auto seen = if_match(*r);
  if (!seen) return out->send(problem(seen.error(), *r));
  when_current(c, r, out, [then = std::move(then), seen = *seen] { then(seen); });
}

void with_patch(api_context& c, const request_ptr& r, const responder_ptr& out,
                std::function<void(const patch_request&)> then) {
  const auto seen = if_match(*r);
  if (!seen) return out->send(problem(seen.error(), *r));
  auto body = read_body(*r, true);
  if (body.refusal) return out->send(std::move(*body.refusal));
  patch_request asked{std::make_shared<const json_document>(std::move(*body.doc)), *seen};
  when_current(c, r, out, [then = std::move(then), asked = std::move(asked)] { then(asked); });
}

entity_completion answer_removed(request_ptr r, responder_ptr out) {
  return [r = std::move(r), out = std::move(out)](result<entity_answer> a) {
    out->send(a ? no_content(a->position) : problem(a.error(), *r));
  };
}

}  // namespace atrium::http
