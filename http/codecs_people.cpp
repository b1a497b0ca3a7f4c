#include <algorithm>

#include "http/codecs.hpp"
#include "http/credentials.hpp"
#include "http/json_fields.hpp"

namespace atrium::http {
namespace {

using need = fields::need;

/// "notifications": {"email": "all" | "transactional" | "none"}; null brings the default back.
void read_mail_choice(fields& f, ev::account_facts& facts, std::vector<violation>& wrong) {
  if (f.is_null("notifications")) {
    facts.mail = ev::mail_choice::all;
    return;
  }
  const auto object = f.object("notifications");
  if (!object) return;
  fields inner(*object, f.pointer_of("notifications"), wrong);
  if (const auto email = inner.text("email", 1, 20)) {
    if (const auto choice = parse_mail_choice(*email))
      facts.mail = *choice;
    else
      inner.add("email", "one-of", "all, transactional or none", *email);
  }
  inner.finish();
}

result<ev::account_facts> read_account(json_value body, ev::account_facts facts, bool patch) {
  std::vector<violation> wrong;
  fields f(body, "", wrong);
  const auto n = patch ? need::optional : need::required;
  if (auto name = f.text("name", 1, 200, n)) facts.name = std::move(*name);
  if (auto email = f.text("email", 3, 254, n)) facts.email = std::move(*email);
  if (const auto role = f.text("role", 1, 20)) {
    if (const auto r = parse_role(*role))
      facts.as = *r;
    else
      f.add("role", "role", "customer, operator or admin", *role);
  }
  if (auto locale = f.text("locale", 1, 20)) facts.locale = std::move(*locale);
  read_mail_choice(f, facts, wrong);
  f.finish();
  if (wrong.empty() || !wrong.front().pointer.empty()) add_unreported(wrong, validate(facts));
  if (!wrong.empty()) return invalid(std::move(wrong));
  return facts;
}

void read_review(fields& f, review_body& review, need n) {
  if (const auto rating = f.integer("rating", 1, 5, n)) review.rating = static_cast<int>(*rating);
  if (n == need::optional && f.is_null("text"))
    review.text.clear();
  else if (auto text = f.text("text", 0, 4000, need::optional, true))
    review.text = std::move(*text);
}

std::vector<std::string> read_scopes(fields& f, std::vector<violation>& wrong) {
  std::vector<std::string> scopes;
  const auto list = f.array("scopes", known_scopes().size());
  if (!list) return scopes;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto item = list->at(i);
    const auto pointer = f.pointer_of("scopes") + "/" + std::to_string(i);
    const bool is_text = item.type() == json_value::kind::string;
    const auto& known = known_scopes();
    if (!is_text || std::find(known.begin(), known.end(), item.text()) == known.end()) {
      std::string all;
      for (const auto s : known) (all += all.empty() ? "" : ", ").append(s);
      wrong.push_back({"scope", std::move(all), describe(item), pointer});
    } else {
      scopes.emplace_back(item.text());
    }
  }
  return scopes;
}

}  // namespace

result<review_body> parse_review(json_value body) {
  std::vector<violation> wrong;
  fields f(body, "", wrong);
  review_body review;
  if (auto id = f.text("reservationId", 1, 128, need::required))
    review.reservation = reservation_id(std::move(*id));
  read_review(f, review, need::required);
  f.finish();
  if (!wrong.empty()) return invalid(std::move(wrong));
  return review;
}

result<review_body> parse_review_patch(json_value body, review_body base) {
  std::vector<violation> wrong;
  fields f(body, "", wrong);
  read_review(f, base, need::optional);
  f.finish();
  if (!wrong.empty()) return invalid(std::move(wrong));
  return base;
}

result<ev::account_facts> parse_account(json_value body) {
  return read_account(body, {}, false);
}

result<ev::account_facts> parse_account_patch(json_value body, const ev::account_facts& base) {
  return read_account(body, base, true);
}

result<key_body> parse_key(json_value body, instant now) {
  std::vector<violation> wrong;
  fields f(body, "", wrong);
  key_body key;
  key.name = f.text("name", 1, 200, need::required).value_or("");
  key.scopes = read_scopes(f, wrong);
  if (!f.is_null("expiresAt")) key.expires_at = f.when("expiresAt");
  if (key.expires_at && *key.expires_at <= now)
    f.add("expiresAt", "in-the-future", "after " + format_instant(now),
          format_instant(*key.expires_at));
  f.finish();
  if (!wrong.empty()) return invalid(std::move(wrong));
  return key;
}

}  // namespace atrium::http
