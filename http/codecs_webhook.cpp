#include <algorithm>

#include "http/codecs.hpp"
#include "http/json_fields.hpp"
#include "notifications/cloud_event.hpp"

namespace atrium::http {
namespace {

using need = fields::need;

void read_types(fields& f, std::vector<std::string>& types, std::vector<violation>& wrong) {
  constexpr std::size_t most = 50;
  if (f.is_null("types")) return types.clear();
  const auto list = f.array("types", most);
  if (!list) return;
  const auto& known = public_event_types();
  types.clear();
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto item = list->at(i);
    const bool is_text = item.type() == json_value::kind::string;
    if (is_text && std::binary_search(known.begin(), known.end(), item.text())) {
      types.emplace_back(item.text());
      continue;
    }
    std::string all;
    for (const auto& one : known) all += (all.empty() ? "" : ", ") + one;
    wrong.push_back({"event-type", std::move(all), describe(item),
                     f.pointer_of("types") + "/" + std::to_string(i)});
  }
  std::sort(types.begin(), types.end());
  types.erase(std::unique(types.begin(), types.end()), types.end());
}

result<ev::webhook_facts> read_webhook(json_value body, ev::webhook_facts facts, need n) {
  std::vector<violation> wrong;
  fields f(body, "", wrong);
  if (auto url = f.text("url", 1, 2'000, n)) facts.url = std::move(*url);
  read_types(f, facts.types, wrong);
  if (f.is_null("description"))
    facts.description.clear();
  else if (auto text = f.text("description", 0, 200))
    facts.description = std::move(*text);
  if (const auto enabled = f.boolean("enabled")) facts.enabled = *enabled;
  f.finish();
  if (wrong.empty() || !wrong.front().pointer.empty()) add_unreported(wrong, validate(facts));
  if (!wrong.empty()) return invalid(std::move(wrong));
  return facts;
}

}  // namespace

result<ev::webhook_facts> parse_webhook(json_value body) {
  return read_webhook(body, {}, need::required);
}

result<ev::webhook_facts> parse_webhook_patch(json_value body, const ev::webhook_facts& base) {
  return read_webhook(body, base, need::optional);
}

result<milliseconds> parse_overlap(json_value body) {
  constexpr std::int64_t longest_hours = 168;
  std::vector<violation> wrong;
  fields f(body, "", wrong);
  const auto hours = f.integer("overlapHours", 0, longest_hours);
  f.finish();
  if (!wrong.empty()) return invalid(std::move(wrong));
  return milliseconds(std::chrono::hours(hours.value_or(24)));
}

}  // namespace atrium::http
