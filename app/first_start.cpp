#include "app/first_start.hpp"

#include "http/credentials.hpp"
#include "http/idempotency.hpp"

namespace atrium {

bool has_administrator(const views& read) {
  std::string cursor;
  for (int pages = 0; pages < 50; ++pages) {
    const auto page = read.accounts(200, cursor);
    if (!page) return false;
    for (const auto& one : page->items)
      if (one.facts.as == ev::role::admin) return true;
    if (page->next.empty()) return false;
    cursor = page->next;
  }
  return false;
}

result<std::string> make_administrator(command_port& port, const key_hasher& hash,
                                       const clock_port& clock) {
  const account_id id(http::random_id("acc_"));
  const auto ctx = engine_context(clock, id);
  const ev::account_facts facts{"Administrator", "admin@localhost", ev::role::admin, "en"};
  auto made = ask(port, ctx, account_task{id, cmd::create_account{facts}});
  if (!made) return made.error();
  const auto key = http::make_api_key();
  cmd::create_key create;
  create.id = key.id;
  create.name = "first key";
  create.scopes = {"*"};
  create.secret_hash = hash(key.secret);
  auto added = ask(port, ctx, account_task{id, create});
  if (!added) return added.error();
  return key.secret;
}

}  // namespace atrium
