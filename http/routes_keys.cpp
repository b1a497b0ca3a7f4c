#include <algorithm>

#include "http/credentials.hpp"
#include "http/idempotency.hpp"
#include "http/live_feed.hpp"
#include "http/resource_routes.hpp"

namespace atrium::http {
namespace {

bool may_manage(const request& r) {
  return r.caller.is_admin() || id_param<account_id>(r) == r.caller.account;
}

bool is_unlimited(const std::vector<std::string>& scopes) {
  return scopes.empty() || std::find(scopes.begin(), scopes.end(), "*") != scopes.end();
}

/// A key opens no more than the key that made it.
bool is_within(const std::vector<std::string>& wanted, const std::vector<std::string>& own) {
  if (is_unlimited(own)) return true;
  return !wanted.empty() && std::all_of(wanted.begin(), wanted.end(), [&](const std::string& s) {
    return std::find(own.begin(), own.end(), s) != own.end();
  });
}

/// The document with its secret, which is never shown again.
std::string with_secret(const api_key_doc& doc, std::string_view secret) {
  auto json = render(doc);
  json.pop_back();
  return json + ",\"secret\":" + json_text(secret) + "}";
}

response list_keys(const api_context& c, const request& r) {
  query_reader q(r);
  if (auto no = q.refusal()) return std::move(*no);
  if (!may_manage(r)) return not_found("account", r);
  std::vector<std::string> items;
  for (auto& key : c.read.keys(id_param<account_id>(r))) {
    if (const auto used = c.keys.last_used(key.id)) key.last_used_at = used;
    items.push_back(render(key));
  }
  return list_answer(r, items, "");
}

void post_key(api_context& c, const request_ptr& r, const responder_ptr& out) {
  if (!may_manage(*r)) return out->send(not_found("account", *r));
  auto body = read_body(*r);
  if (body.refusal) return out->send(std::move(*body.refusal));
  auto asked = parse_key(body.doc->root(), c.clock.now());
  if (!asked) return out->send(problem(asked.error(), *r));
  if (!is_within(asked->scopes, r->caller.scopes))
    return out->send(
        refuse(ec::forbidden,
               "A new key may have only scopes of the key you use. Name a subset of them.", *r));
  const auto made = make_api_key();
  const api_key_doc doc{
      made.id, id_param<account_id>(*r), asked->name, asked->scopes, c.clock.now(),
      {},      asked->expires_at};
  cmd::create_key create{made.id, doc.name, doc.scopes, c.keys.hash(made.secret), doc.expires_at};
  c.commands.execute(
      account_task{doc.account, std::move(create)}, context_of(c, *r),
      [&c, r, out, doc, secret = made.secret](result<entity_answer> a) {
        if (!a) return out->send(problem(a.error(), *r));
        const auto place = "/v1/accounts/" + doc.account.str() + "/keys/" + doc.id.str();
        auto answer = created(place, with_secret(doc, secret), a->position);
        answer.headers.emplace_back("Cache-Control", "no-store");
        // The key is good as soon as the caller has it.
        const auto shared = std::make_shared<response>(answer);
        answer_when_visible(
            c, out, a->position, [shared]() -> std::optional<response> { return *shared; },
            std::move(answer));
      });
}

void delete_key(api_context& c, const request_ptr& r, const responder_ptr& out) {
  if (!may_manage(*r)) return out->send(not_found("account", *r));
  const auto account = id_param<account_id>(*r);
  c.commands.execute(account_task{account, cmd::revoke_key{id_param<api_key_id>(*r, 1)}},
                     context_of(c, *r), [&c, r, out, account](result<entity_answer> a) {
                       if (!a) return out->send(problem(a.error(), *r));
                       for (const auto& e : a->events)
                         if (const auto* revoked = std::get_if<ev::api_key_revoked>(&e))
                           c.keys.refuse_key(revoked->secret_hash, a->position);
                       c.feed.end_streams_of(account);
                       out->send(no_content(a->position));
                     });
}

}  // namespace

void add_key_routes(api_context& c, routes& to) {
  const std::string base = "/v1/accounts/{id}/keys";
  to.push_back({verb::get, base, access::signed_in, "accounts:read", answered_by(c, list_keys)});
  to.push_back({verb::post, base, access::signed_in, "accounts:write", answered_by(c, post_key)});
  to.push_back({verb::delete_, base + "/{keyId}", access::signed_in, "accounts:write",
                answered_by(c, delete_key)});
}

}  // namespace atrium::http
