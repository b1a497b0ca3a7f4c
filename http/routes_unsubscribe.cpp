#include "http/resource_routes.hpp"
#include "notifications/delivery_desk.hpp"

namespace atrium::http {
namespace {

constexpr int most_tries = 3;

struct page_words {
  std::string_view title, question, button, done;
};
constexpr page_words english{
    "Reminders by mail", "Do you want no more reminders by mail? Mails about changes stay.",
    "No more reminders",
    "You will get no more reminders by mail. Mails about bookings and money still come; your "
    "account's settings say which."};
constexpr page_words korean{
    "메일 알림", "예약 알림 메일을 그만 받으시겠습니까? 변경 안내 메일은 계속 보내 드립니다.",
    "알림 메일 그만 받기",
    "이제 예약 알림 메일을 보내지 않습니다. 예약과 결제 안내 메일은 계속 보내 드리며, "
    "계정 설정에서 바꿀 수 있습니다."};

/// A page without anything to load; the button sends what RFC 8058 has mail programs send.
response page(const account_doc& account, bool is_done) {
  const bool in_korean = account.facts.locale == "ko";
  const auto& w = in_korean ? korean : english;
  response out;
  out.content_type = "text/html; charset=utf-8";
  const auto add = [&out](std::initializer_list<std::string_view> parts) {
    for (const auto part : parts) out.body.append(part);
  };
  add({"<!doctype html><html lang=\"", in_korean ? "ko" : "en",
       "\"><head><meta charset=\"utf-8\"><title>", w.title, "</title></head><body><h1>", w.title,
       "</h1><p>", is_done ? w.done : w.question, "</p>"});
  if (!is_done)
    add(
        {"<form method=\"post\"><input type=\"hidden\" name=\"List-Unsubscribe\" "
         "value=\"One-Click\"><button>",
         w.button, "</button></form>"});
  add({"</body></html>\n"});
  return out;
}

std::optional<account_doc> account_of(const api_context& c, const request& r) {
  if (c.deliveries == nullptr) return {};
  const auto who = c.deliveries->unsubscribing(r.params.at(0));
  return who ? c.read.account(*who) : std::nullopt;
}

/// Mail programs send it as a form of either kind (RFC 8058, section 3.2).
bool is_one_click(const request& r) {
  const auto type = r.header("content-type");
  if (type.starts_with("application/x-www-form-urlencoded"))
    return r.body.starts_with("List-Unsubscribe=One-Click");
  return type.starts_with("multipart/form-data") &&
         r.body.find("name=\"List-Unsubscribe\"") != std::string::npos &&
         r.body.find("One-Click") != std::string::npos;
}

void turn_off(api_context& c, const request_ptr& r, const responder_ptr& out, int tries) {
  auto account = account_of(c, *r);
  if (!account) return out->send(not_found("subscription", *r));
  if (account->facts.mail != ev::mail_choice::all) return out->send(page(*account, true));
  account->facts.mail = ev::mail_choice::transactional;
  auto ctx = context_of(c, *r);
  ctx.principal = account->id;
  c.commands.execute(
      account_task{account->id, cmd::change_account{account->facts, account->version}}, ctx,
      [&c, r, out, tries, account = *account](result<entity_answer> a) {
        if (a) {
          auto answer = page(account, true);
          add_position(answer, a->position);
          return out->send(std::move(answer));
        }
        // Somebody changed the account in between: their change stays, ours goes on top.
        if (a.error().code == ec::precondition_failed && tries > 1)
          return when_current(c, r, out, [&c, r, out, tries] { turn_off(c, r, out, tries - 1); });
        out->send(problem(a.error(), *r));
      });
}

void post_unsubscribe(api_context& c, const request_ptr& r, const responder_ptr& out) {
  if (!is_one_click(*r))
    return out->send(edge_problem("unsupported-media-type",
                                  "Send the form field List-Unsubscribe=One-Click (RFC 8058).",
                                  *r));
  when_current(c, r, out, [&c, r, out] { turn_off(c, r, out, most_tries); });
}

/// Looking changes nothing: programs follow links in mails to see whether they are dangerous.
response get_unsubscribe(const api_context& c, const request& r) {
  const auto account = account_of(c, r);
  if (!account) return not_found("subscription", r);
  return page(*account, account->facts.mail != ev::mail_choice::all);
}

}  // namespace

void add_unsubscribe_routes(api_context& c, routes& to) {
  const std::string path = "/v1/unsubscribe/{token}";
  to.push_back({verb::get, path, access::anonymous, "", answered_by(c, get_unsubscribe)});
  to.push_back({verb::post, path, access::anonymous, "", answered_by(c, post_unsubscribe)});
}

}  // namespace atrium::http
