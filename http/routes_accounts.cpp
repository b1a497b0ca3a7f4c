#include "http/credentials.hpp"
#include "http/idempotency.hpp"
#include "http/live_feed.hpp"
#include "http/resource_routes.hpp"

namespace atrium::http {
namespace {

std::string place_of(const account_id& id) {
  return "/v1/accounts/" + id.str();
}

/// Own account, or any for an administrator; everybody else's does not exist for the caller.
std::optional<account_doc> find_account(const api_context& c, const request& r) {
  const auto id = id_param<account_id>(r);
  if (!r.caller.is_admin() && id != r.caller.account) return {};
  return c.read.account(id);
}

response get_account(const api_context& c, const request& r) {
  const auto found = find_account(c, r);
  return found ? document(r, render(*found), found->version) : not_found("account", r);
}

/// The administrator of the environment has no account in the journal, but is somebody.
response get_me(const api_context& c, const request& r) {
  if (const auto found = c.read.account(r.caller.account))
    return document(r, render(*found), found->version);
  const ev::account_facts facts{r.caller.name, "", r.caller.as, r.caller.locale};
  return document(r, render(account_doc{r.caller.account, facts, 0, c.started_at}));
}

response list_accounts(const api_context& c, const request& r) {
  query_reader q(r);
  const auto limit = q.limit();
  const auto cursor = q.cursor();
  if (auto no = q.refusal()) return std::move(*no);
  return page_answer(r, c.read.accounts(limit, cursor),
                     [](const account_doc& a) { return render(a); });
}

void post_account(api_context& c, const request_ptr& r, const responder_ptr& out) {
  auto body = read_body(*r);
  if (body.refusal) return out->send(std::move(*body.refusal));
  auto facts = parse_account(body.doc->root());
  if (!facts) return out->send(problem(facts.error(), *r));
  account_doc doc{account_id(random_id("acc_")), std::move(*facts), 0, c.clock.now()};
  const auto id = doc.id;
  account_task task{id, cmd::create_account{doc.facts}};
  c.commands.execute(std::move(task), context_of(c, *r),
                     answer_created(c, r, out, place_of(id), std::move(doc),
                                    [&c, id] { return c.read.account(id); }));
}

void change_account(api_context& c, const request_ptr& r, const responder_ptr& out,
                    const json_document& patch, std::uint64_t seen) {
  auto doc = find_account(c, *r);
  if (!doc) return out->send(not_found("account", *r));
  auto facts = parse_account_patch(patch.root(), doc->facts);
  if (!facts) return out->send(problem(facts.error(), *r));
  if (facts->as != doc->facts.as && !r->caller.is_admin())
    return out->send(
        refuse(ec::forbidden, "Only an administrator changes roles. Leave role out.", *r));
  doc->facts = *facts;
  // If-Match: * still must not lose a concurrent change that was merged over.
  cmd::change_account change{std::move(*facts), seen != 0 ? seen : doc->version};
  account_task task{doc->id, std::move(change)};
  c.commands.execute(std::move(task), context_of(c, *r), answer_changed(r, out, std::move(*doc)));
}

void patch_account(api_context& c, const request_ptr& r, const responder_ptr& out) {
  with_patch(c, r, out, [&c, r, out](const patch_request& asked) {
    change_account(c, r, out, *asked.body, asked.seen);
  });
}

void remove_account(api_context& c, const request_ptr& r, const responder_ptr& out,
                    std::uint64_t seen) {
  const auto doc = find_account(c, *r);
  if (!doc) return out->send(not_found("account", *r));
  if (seen != 0 && seen != doc->version)
    return out->send(refuse(ec::precondition_failed,
                            "The account was changed in the meantime. GET it again, then repeat.",
                            *r));
  c.commands.execute(account_task{doc->id, cmd::delete_account{}}, context_of(c, *r),
                     [&c, r, out, id = doc->id](result<entity_answer> a) {
                       if (!a) return out->send(problem(a.error(), *r));
                       c.keys.refuse_account(id, a->position);
                       c.feed.end_streams_of(id);
                       out->send(no_content(a->position));
                     });
}

void delete_account(api_context& c, const request_ptr& r, const responder_ptr& out) {
  with_version(c, r, out, [&c, r, out](std::uint64_t seen) { remove_account(c, r, out, seen); });
}

}  // namespace

void add_account_routes(api_context& c, routes& to) {
  const std::string base = "/v1/accounts";
  to.push_back({verb::get, base, access::admins, "accounts:read", answered_by(c, list_accounts)});
  to.push_back({verb::post, base, access::admins, "accounts:write", answered_by(c, post_account)});
  to.push_back(
      {verb::get, base + "/{id}", access::signed_in, "accounts:read", answered_by(c, get_account)});
  to.push_back({verb::patch, base + "/{id}", access::signed_in, "accounts:write",
                answered_by(c, patch_account)});
  to.push_back({verb::delete_, base + "/{id}", access::admins, "accounts:write",
                answered_by(c, delete_account)});
  to.push_back({verb::get, "/v1/me", access::signed_in, "", answered_by(c, get_me)});
}

}  // namespace atrium::http
