#include <utility>

#include "psp/desk.hpp"
#include "psp/parameters.hpp"

namespace atrium::psp {
namespace {

constexpr std::int64_t most_listed = 100, usually_listed = 10;

/// created[gte]=..., limit and starting_after.
struct page {
  explicit page(parameters& p)
      : after(p.number("created[gt]", 0, INT64_MAX, false).value_or(-1)),
        from(p.number("created[gte]", 0, INT64_MAX, false).value_or(0)),
        before(p.number("created[lt]", 0, INT64_MAX, false).value_or(INT64_MAX)),
        until(p.number("created[lte]", 0, INT64_MAX, false).value_or(INT64_MAX)),
        limit(p.number("limit", 1, most_listed, false).value_or(usually_listed)),
        starting_after(p.text("starting_after", false).value_or("")) {}

  /// Takes one more item, newest first; false when the page is full.
  template <class Item, class Render>
  bool take(const Item& item, const Render& render) {
    if (!starting_after.empty()) {
      if (item.id == starting_after) starting_after.clear();
      return true;
    }
    const auto t = item.created_s;
    if (t <= after || t < from || t >= before || t > until) return true;
    if (static_cast<std::int64_t>(items.size()) == limit) {
      has_more = true;
      return false;
    }
    items.push_back(render(item));
    return true;
  }

  std::int64_t after, from, before, until, limit;
  std::string starting_after;
  std::vector<std::string> items;
  bool has_more = false;
};

}  // namespace

stored_answer get_intent(const store& s, const std::string& id, const fields& query) {
  parameters p(query);
  p.text("client_secret", false);
  const bool expand = p.expands("latest_charge");
  if (auto wrong = p.problem()) return render(*wrong);
  const auto* found = s.find_intent(id);
  if (found == nullptr) return render(no_such("payment_intent", id));
  return {200, render(*found, expand)};
}

stored_answer get_refund(const store& s, const std::string& id) {
  const auto* found = s.find_refund(id);
  if (found == nullptr) return render(no_such("refund", id));
  return {200, render(*found)};
}

stored_answer list_intents(const store& s, const fields& query) {
  parameters p(query);
  page one(p);
  const bool expand = p.expands("latest_charge");
  if (auto wrong = p.problem()) return render(*wrong);
  if (!one.starting_after.empty() && s.find_intent(one.starting_after) == nullptr)
    return render(no_such("payment_intent", one.starting_after));
  s.each_intent(std::exchange(one.starting_after, {}), [&](const intent& i) {
    return one.take(i, [&](const intent& found) { return render(found, expand); });
  });
  return {200, render_list(one.items, one.has_more, "/v1/payment_intents")};
}

stored_answer list_refunds(const store& s, const fields& query) {
  parameters p(query);
  page one(p);
  const auto of = p.text("payment_intent", false).value_or("");
  if (auto wrong = p.problem()) return render(*wrong);
  const auto take = [&](const refund& r) {
    return one.take(r, [](const refund& found) { return render(found); });
  };
  if (of.empty()) {
    s.each_refund(take);
  } else {
    for (const auto* r : s.refunds_of(of))
      if (!take(*r)) break;
  }
  return {200, render_list(one.items, one.has_more, "/v1/refunds")};
}

stored_answer search_intents(const store& s, const fields& query, std::int64_t before_s) {
  parameters p(query);
  const auto text = p.text("query", true).value_or("");
  const auto limit = p.number("limit", 1, most_listed, false).value_or(usually_listed);
  const bool expand = p.expands("latest_charge");
  if (auto wrong = p.problem()) return render(*wrong);
  // metadata['name']:'value'; " may stand for '.
  std::string plain = text;
  for (auto& c : plain)
    if (c == '"') c = '\'';
  constexpr std::string_view head = "metadata['", middle = "']:'";
  const auto at = plain.find(middle);
  if (!plain.starts_with(head) || at == std::string::npos || !plain.ends_with('\'') ||
      at + middle.size() >= plain.size())
    return render(
        {.message = "Only queries like metadata['name']:'value' are simulated.", .param = "query"});
  const auto name = plain.substr(head.size(), at - head.size());
  const auto from = at + middle.size();
  const auto value = plain.substr(from, plain.size() - from - 1);
  std::vector<std::string> items;
  for (const auto* i : s.with_metadata(name, value))
    if (i->created_s <= before_s && static_cast<std::int64_t>(items.size()) < limit)
      items.push_back(render(*i, expand));
  return {200, render_list(items, false, "/v1/payment_intents/search", "search_result")};
}

}  // namespace atrium::psp
