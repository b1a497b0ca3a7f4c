#include "http/resource_routes.hpp"
#include "notifications/templates.hpp"

namespace atrium::http {
namespace {

language language_of(const request& r) {
  return r.language == "ko" ? language::ko : language::en;
}

response list_notifications(const api_context& c, const request& r) {
  query_reader q(r);
  const bool unread = q.flag("unread");
  const auto limit = q.limit();
  const auto cursor = q.cursor();
  if (auto no = q.refusal()) return std::move(*no);
  return page_answer(r, c.read.notifications(r.caller.account, unread, limit, cursor),
                     [&r](const notification_doc& n) { return render(n, language_of(r)); });
}

response read_answer(const request& r, const notification_doc& doc, std::uint64_t position) {
  auto out = document(r, render(doc, language_of(r)));
  add_position(out, position);
  return out;
}

void mark(api_context& c, const request_ptr& r, const responder_ptr& out, notification_doc doc) {
  read_mark_task task{r->caller.account, doc.id};
  c.commands.execute(
      std::move(task), context_of(c, *r),
      [&c, r, out, doc = std::move(doc)](result<entity_answer> a) mutable {
        if (!a) return out->send(problem(a.error(), *r));
        if (!doc.read_at) doc.read_at = c.clock.now();
        answer_when_visible(
            c, out, a->position,
            [&c, r, id = doc.id, position = a->position]() -> std::optional<response> {
              const auto shown = c.read.notification(r->caller.account, id);
              if (!shown) return {};
              return read_answer(*r, *shown, position);
            },
            read_answer(*r, doc, a->position));
      });
}

void mark_read(api_context& c, const request_ptr& r, const responder_ptr& out) {
  const auto find = [&c, r] {
    return c.read.notification(r->caller.account, id_param<account_id>(*r).str());
  };
  if (auto doc = find()) return mark(c, r, out, std::move(*doc));
  when_current(c, r, out, [&c, r, out, find] {
    auto doc = find();
    doc ? mark(c, r, out, std::move(*doc)) : out->send(not_found("notification", *r));
  });
}

}  // namespace

void add_notification_routes(api_context& c, routes& to) {
  for (const std::string base : {"/v1/notifications", "/notifications"}) {
    to.push_back({verb::get, base, access::signed_in, "notifications:read",
                  answered_by(c, list_notifications)});
    to.push_back({verb::post, base + "/{id}/read", access::signed_in, "notifications:write",
                  answered_by(c, mark_read)});
  }
}

}  // namespace atrium::http
