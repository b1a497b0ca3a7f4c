#include <charconv>

#include "http/codecs.hpp"
#include "http/idempotency.hpp"
#include "http/routes_common.hpp"
#include "notifications/delivery_desk.hpp"
#include "persistence/document_text.hpp"

namespace atrium::http {
namespace {

constexpr std::string_view delivery_prefix = "dlv_";

std::string place_of(const webhook_id& id) {
  return "/v1/webhook-endpoints/" + id.str();
}

std::string destination_of(const webhook_id& id) {
  return "webhook/" + id.str();
}

/// The caller's own, or any for an administrator; everybody else's does not exist for the caller.
std::optional<webhook_doc> find_webhook(const api_context& c, const request& r) {
  auto found = c.read.webhook(id_param<webhook_id>(r));
  if (found && found->account != r.caller.account && !r.caller.is_admin()) return {};
  return found;
}

std::string with_secret(const api_context& c, const webhook_doc& doc) {
  auto json = render(doc);
  json.pop_back();
  return json + ",\"secret\":" + json_text(c.deliveries->webhook_secret(doc.id, doc.generation)) +
         "}";
}

response secret_answer(response out) {
  out.headers.emplace_back("Cache-Control", "no-store");
  return out;
}

/// What this server would never call is refused when it is registered.
std::optional<response> refusal_of(const api_context& c, const std::string& url, const request& r) {
  auto why = c.deliveries->refusal_of(url);
  if (!why) return {};
  failure f{ec::validation, "Messages cannot be sent to this URL: it has to be " + *why + "."};
  f.violations.push_back({"url", std::move(*why), url.substr(0, 200), "/url"});
  return problem(f, r);
}

/// Nothing leaves a server that was built into a test without deliveries.
std::optional<response> without_deliveries(const api_context& c, const request& r) {
  if (c.deliveries != nullptr) return {};
  return refuse(ec::dependency_unavailable, "This server delivers nothing. Try again later.", r);
}

// ---- reading -----------------------------------------------------------------------------------

response list_webhooks(const api_context& c, const request& r) {
  query_reader q(r);
  if (auto no = q.refusal()) return std::move(*no);
  std::vector<std::string> items;
  for (const auto& hook : c.read.webhooks_of(r.caller.account)) items.push_back(render(hook));
  return list_answer(r, items, "");
}

response get_webhook(const api_context& c, const request& r) {
  const auto found = find_webhook(c, r);
  return found ? document(r, render(*found), found->version) : not_found("web hook", r);
}

std::string_view word(delivery::state s) {
  switch (s) {
    case delivery::state::waiting:
      return "waiting";
    case delivery::state::delivered:
      return "delivered";
    case delivery::state::parked:
      return "parked";
  }
  return "waiting";
}

void append_instant_or_null(std::string& out, std::string_view name,
                            const std::optional<instant>& at) {
  out.append(name);
  if (at)
    text::append_instant(out, *at);
  else
    out.append("null");
}

std::string render_delivery(const delivery& d, const std::string& message) {
  std::string out;
  text::member(out, "{\"id\":", std::string(delivery_prefix) + std::to_string(d.position));
  text::member(out, ",\"messageId\":", message);
  text::member(out, ",\"type\":", d.type);
  text::member(out, ",\"state\":", word(d.is));
  text::number(out, ",\"attempts\":", d.attempts);
  text::member(out, ",\"createdAt\":", d.created);
  const bool is_waiting = d.is == delivery::state::waiting;
  append_instant_or_null(out,
                         ",\"nextAttemptAt\":", is_waiting ? std::optional(d.due) : std::nullopt);
  append_instant_or_null(out, ",\"lastAttemptAt\":", d.last_attempt);
  text::number(out, ",\"lastStatus\":", d.last_status);
  text::member(out, ",\"lastError\":", d.last_error);
  out.push_back('}');
  return out;
}

response list_deliveries(const api_context& c, const request& r) {
  query_reader q(r);
  const auto limit = q.limit();
  const auto cursor = q.cursor();
  if (auto no = q.refusal()) return std::move(*no);
  const auto hook = find_webhook(c, r);
  if (!hook) return not_found("web hook", r);
  if (auto no = without_deliveries(c, r)) return std::move(*no);
  const auto page = c.deliveries->messages(destination_of(hook->id), limit, cursor);
  if (!page) return problem(page.error(), r);
  std::vector<std::string> items;
  for (const auto& d : page->items)
    items.push_back(render_delivery(d, "msg_" + c.deliveries->message_id(d.position)));
  return list_answer(r, items, page->next);
}

// ---- writing -----------------------------------------------------------------------------------

void post_webhook(api_context& c, const request_ptr& r, const responder_ptr& out) {
  auto body = read_body(*r);
  if (body.refusal) return out->send(std::move(*body.refusal));
  auto facts = parse_webhook(body.doc->root());
  if (!facts) return out->send(problem(facts.error(), *r));
  if (auto no = without_deliveries(c, *r)) return out->send(std::move(*no));
  if (auto no = refusal_of(c, facts->url, *r)) return out->send(std::move(*no));
  webhook_doc doc;
  doc.id = webhook_id(random_id("wh_"));
  doc.account = r->caller.account;
  doc.facts = std::move(*facts);
  doc.created_at = c.clock.now();
  c.commands.execute(account_task{doc.account, cmd::register_webhook{doc.id, doc.facts}},
                     context_of(c, *r), [&c, r, out, doc](result<entity_answer> a) {
                       if (!a) return out->send(problem(a.error(), *r));
                       const auto position = a->position;
                       const auto show = [&c, id = doc.id, position]() -> std::optional<response> {
                         const auto shown = c.read.webhook(id);
                         if (!shown) return {};
                         return secret_answer(created(place_of(id), with_secret(c, *shown),
                                                      position, shown->version));
                       };
                       answer_when_visible(
                           c, out, position, show,
                           secret_answer(created(place_of(doc.id), with_secret(c, doc), position)));
                     });
}

/// Runs a command on the web hook's account and answers its document as it is then.
void command(api_context& c, const request_ptr& r, const responder_ptr& out, webhook_doc doc,
             account_command what, bool shows_secret) {
  c.commands.execute(account_task{doc.account, std::move(what)}, context_of(c, *r),
                     [&c, r, out, doc, shows_secret](result<entity_answer> a) {
                       if (!a) return out->send(problem(a.error(), *r));
                       const auto position = a->position;
                       const auto show = [&c, r, id = doc.id, position,
                                          shows_secret]() -> std::optional<response> {
                         const auto shown = c.read.webhook(id);
                         if (!shown) return {};
                         auto answer = shows_secret
                                           ? secret_answer(json_answer(200, with_secret(c, *shown)))
                                           : document(*r, render(*shown), shown->version);
                         add_position(answer, position);
                         return answer;
                       };
                       answer_when_visible(c, out, position, show, view_behind(*r));
                     });
}

void change_webhook(api_context& c, const request_ptr& r, const responder_ptr& out,
                    const json_document& patch, std::uint64_t seen) {
  auto doc = find_webhook(c, *r);
  if (!doc) return out->send(not_found("web hook", *r));
  if (auto no = without_deliveries(c, *r)) return out->send(std::move(*no));
  auto facts = parse_webhook_patch(patch.root(), doc->facts);
  if (!facts) return out->send(problem(facts.error(), *r));
  if (auto no = refusal_of(c, facts->url, *r)) return out->send(std::move(*no));
  cmd::change_webhook change{doc->id, std::move(*facts), seen != 0 ? seen : doc->version};
  command(c, r, out, std::move(*doc), std::move(change), false);
}

void patch_webhook(api_context& c, const request_ptr& r, const responder_ptr& out) {
  const auto seen = if_match(*r);
  if (!seen) return out->send(problem(seen.error(), *r));
  auto body = read_body(*r, true);
  if (body.refusal) return out->send(std::move(*body.refusal));
  auto patch = std::make_shared<const json_document>(std::move(*body.doc));
  when_current(c, r, out,
               [&c, r, out, patch, seen = *seen] { change_webhook(c, r, out, *patch, seen); });
}

void rotate_secret(api_context& c, const request_ptr& r, const responder_ptr& out) {
  auto body = read_body(*r, false, true);
  if (body.refusal) return out->send(std::move(*body.refusal));
  const auto overlap = parse_overlap(body.doc->root());
  if (!overlap) return out->send(problem(overlap.error(), *r));
  auto doc = find_webhook(c, *r);
  if (!doc) return out->send(not_found("web hook", *r));
  if (auto no = without_deliveries(c, *r)) return out->send(std::move(*no));
  cmd::rotate_webhook_secret rotate{doc->id, *overlap};
  command(c, r, out, std::move(*doc), std::move(rotate), true);
}

void remove_webhook(api_context& c, const request_ptr& r, const responder_ptr& out,
                    std::uint64_t seen) {
  const auto doc = find_webhook(c, *r);
  if (!doc) return out->send(not_found("web hook", *r));
  if (seen != 0 && seen != doc->version)
    return out->send(refuse(ec::precondition_failed,
                            "The web hook was changed in the meantime. GET it again, then repeat.",
                            *r));
  c.commands.execute(account_task{doc->account, cmd::delete_webhook{doc->id}}, context_of(c, *r),
                     [r, out](result<entity_answer> a) {
                       if (!a) return out->send(problem(a.error(), *r));
                       out->send(no_content(a->position));
                     });
}

void delete_webhook(api_context& c, const request_ptr& r, const responder_ptr& out) {
  const auto seen = if_match(*r);
  if (!seen) return out->send(problem(seen.error(), *r));
  when_current(c, r, out, [&c, r, out, seen = *seen] { remove_webhook(c, r, out, seen); });
}

std::optional<std::uint64_t> position_in(std::string_view delivery_id) {
  if (!delivery_id.starts_with(delivery_prefix)) return {};
  delivery_id.remove_prefix(delivery_prefix.size());
  std::uint64_t position = 0;
  const auto* end = delivery_id.data() + delivery_id.size();
  const auto read = std::from_chars(delivery_id.data(), end, position);
  if (delivery_id.empty() || read.ec != std::errc{} || read.ptr != end) return {};
  return position;
}

void retry_delivery(api_context& c, const request_ptr& r, const responder_ptr& out) {
  const auto hook = find_webhook(c, *r);
  if (!hook) return out->send(not_found("web hook", *r));
  if (auto no = without_deliveries(c, *r)) return out->send(std::move(*no));
  const auto position = position_in(r->params.at(1));
  const auto destination = destination_of(hook->id);
  const auto found = position ? c.deliveries->message(destination, *position) : std::nullopt;
  if (!found) return out->send(not_found("delivery", *r));
  if (!c.deliveries->retry(destination, *position))
    return out->send(refuse(ec::overloaded,
                            "Too many messages are being sent again. Try again in a moment.", *r));
  out->send(
      json_answer(202, render_delivery(*found, "msg_" + c.deliveries->message_id(*position))));
}

}  // namespace

void add_webhook_routes(api_context& c, routes& to) {
  const auto read = [&c](auto f) {
    return read_handler(c, [&c, f](const request& r) { return f(c, r); });
  };
  const auto with = [&c](auto f) {
    return [&c, f](const request_ptr& r, const responder_ptr& out) { f(c, r, out); };
  };
  const std::string base = "/v1/webhook-endpoints";
  const std::string one = base + "/{id}";
  const auto who = access::signed_in;
  const std::string reads = "webhooks:read", writes = "webhooks:write";
  to.push_back({verb::get, base, who, reads, read(list_webhooks)});
  to.push_back({verb::post, base, who, writes, with(post_webhook)});
  to.push_back({verb::get, one, who, reads, read(get_webhook)});
  to.push_back({verb::patch, one, who, writes, with(patch_webhook)});
  to.push_back({verb::delete_, one, who, writes, with(delete_webhook)});
  to.push_back({verb::post, one + "/secret", who, writes, with(rotate_secret)});
  to.push_back({verb::get, one + "/deliveries", who, reads, read(list_deliveries)});
  to.push_back(
      {verb::post, one + "/deliveries/{deliveryId}/retry", who, writes, with(retry_delivery)});
}

}  // namespace atrium::http
