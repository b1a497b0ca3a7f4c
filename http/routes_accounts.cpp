#include "http/codecs.hpp"
#include "http/credentials.hpp"
#include "http/idempotency.hpp"
#include "http/live_feed.hpp"
#include "http/routes_common.hpp"

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
  const auto page = c.read.accounts(limit, cursor);
  if (!page) return problem(page.error(), r);
  std::vector<std::string> items;
  for (const auto& a : page->items) items.push_back(render(a));
  return list_answer(r, items, page->next);
}

void post_account(api_context& c, const request_ptr& r, const responder_ptr& out) {
  auto body = read_body(*r);
  if (body.refusal) return out->send(std::move(*body.refusal));
  auto facts = parse_account(body.doc->root());
  if (!facts) return out->send(problem(facts.error(), *r));
  account_doc doc{account_id(random_id("acc_")), std::move(*facts), 0, c.clock.now()};
  c.commands.execute(account_task{doc.id, cmd::create_account{doc.facts}}, context_of(c, *r),
                     [&c, r, out, doc](result<entity_answer> a) mutable {
                       if (!a) return out->send(problem(a.error(), *r));
                       doc.version = a->version;
                       const auto position = a->position;
                       answer_when_visible(
                           c, out, position,
                           [&c, id = doc.id, position]() -> std::optional<response> {
                             const auto shown = c.read.account(id);
                             if (!shown) return {};
                             return created(place_of(id), render(*shown), position, shown->version);
                           },
                           created(place_of(doc.id), render(doc), position, doc.version));
                     });
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
  c.commands.execute(std::move(task), context_of(c, *r),
                     [r, out, doc = std::move(*doc)](result<entity_answer> a) mutable {
                       if (!a) return out->send(problem(a.error(), *r));
                       doc.version = a->version;
                       auto answer = document(*r, render(doc), doc.version);
                       add_position(answer, a->position);
                       out->send(std::move(answer));
                     });
}

void patch_account(api_context& c, const request_ptr& r, const responder_ptr& out) {
  const auto seen = if_match(*r);
  if (!seen) return out->send(problem(seen.error(), *r));
  auto body = read_body(*r, true);
  if (body.refusal) return out->send(std::move(*body.refusal));
  auto patch = std::make_shared<const json_document>(std::move(*body.doc));
  when_current(c, r, out,
               [&c, r, out, patch, seen = *seen] { change_account(c, r, out, *patch, seen); });
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
  const auto seen = if_match(*r);
  if (!seen) return out->send(problem(seen.error(), *r));
  when_current(c, r, out, [&c, r, out, seen = *seen] { remove_account(c, r, out, seen); });
}

}  // namespace

void add_account_routes(api_context& c, routes& to) {
  const auto with = [&c](auto f) {
    return [&c, f](const request_ptr& r, const responder_ptr& out) { f(c, r, out); };
  };
  const std::string base = "/v1/accounts";
  to.push_back({verb::get, base, access::admins, "accounts:read",
                read_handler(c, [&c](const request& r) { return list_accounts(c, r); })});
  to.push_back({verb::post, base, access::admins, "accounts:write", with(post_account)});
  to.push_back({verb::get, base + "/{id}", access::signed_in, "accounts:read",
                read_handler(c, [&c](const request& r) { return get_account(c, r); })});
  to.push_back(
      {verb::patch, base + "/{id}", access::signed_in, "accounts:write", with(patch_account)});
  to.push_back(
      {verb::delete_, base + "/{id}", access::admins, "accounts:write", with(delete_account)});
  to.push_back({verb::get, "/v1/me", access::signed_in, "",
                read_handler(c, [&c](const request& r) { return get_me(c, r); })});
}

}  // namespace atrium::http
