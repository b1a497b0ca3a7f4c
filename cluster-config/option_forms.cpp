#include "cluster-config/option_forms.hpp"

#include <algorithm>
#include <set>

#include "cluster-config/values.hpp"

namespace atrium::option_forms {

using ms = options::ms;

option_spec whole(std::string name, int options::*member, int least, int most, std::string unit,
                  std::string doc) {
  auto bounds = std::to_string(least) + ".." + std::to_string(most);
  option_spec spec{std::move(name), std::move(unit), bounds, std::move(doc), false, false, {}, {}};
  spec.set = [=](options& o, const std::string& text) -> std::optional<std::string> {
    const auto value = parse_whole(text);
    if (!value || *value < least || *value > most) return "must be a whole number in " + bounds;
    o.*member = static_cast<int>(*value);
    return std::nullopt;
  };
  spec.get = [=](const options& o) { return std::to_string(o.*member); };
  return spec;
}

option_spec duration(std::string name, ms options::*member, ms least, ms most, std::string doc) {
  auto bounds = format_duration(least) + ".." + format_duration(most);
  option_spec spec{std::move(name), "duration", bounds, std::move(doc), false, false, {}, {}};
  spec.set = [=](options& o, const std::string& text) -> std::optional<std::string> {
    const auto value = parse_duration(text);
    if (!value || *value < least || *value > most)
      return "must be a duration such as 250ms, 30s, 10m or 2h, in " + bounds;
    o.*member = *value;
    return std::nullopt;
  };
  spec.get = [=](const options& o) { return format_duration(o.*member); };
  return spec;
}

option_spec choice(std::string name, std::string options::*member, std::vector<std::string> all,
                   std::string doc) {
  std::string bounds;
  for (const auto& one : all) bounds += (bounds.empty() ? "" : "|") + one;
  option_spec spec{std::move(name), "word", bounds, std::move(doc), false, false, {}, {}};
  spec.set = [=](options& o, const std::string& text) -> std::optional<std::string> {
    if (std::find(all.begin(), all.end(), text) == all.end()) return "must be one of " + bounds;
    o.*member = text;
    return std::nullopt;
  };
  spec.get = [=](const options& o) { return o.*member; };
  return spec;
}

option_spec choices(std::string name, std::string options::*member, std::vector<std::string> all,
                    std::string doc) {
  std::string bounds;
  for (const auto& one : all) bounds += (bounds.empty() ? "some of " : ", ") + one;
  option_spec spec{std::move(name), "words", bounds, std::move(doc), false, false, {}, {}};
  spec.set = [=](options& o, const std::string& text) -> std::optional<std::string> {
    std::set<std::string> seen;
    for (const auto& word : split_list(text))
      if (std::find(all.begin(), all.end(), word) == all.end() || !seen.insert(word).second)
        return "must be " + bounds + ", with commas between them and none twice";
    if (seen.empty()) return "must be " + bounds;
    o.*member = text;
    return std::nullopt;
  };
  spec.get = [=](const options& o) { return o.*member; };
  return spec;
}

option_spec optional_text(std::string name, std::string options::*member, std::size_t most,
                          std::string unit, std::string doc) {
  const auto bounds = "at most " + std::to_string(most) + " bytes";
  option_spec spec{std::move(name), std::move(unit), bounds, std::move(doc), false, false, {}, {}};
  spec.set = [=](options& o, const std::string& text) -> std::optional<std::string> {
    const bool is_printable =
        std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 127; });
    if (text.size() > most || !is_printable) return "must be printable and have " + bounds;
    o.*member = text;
    return std::nullopt;
  };
  spec.get = [=](const options& o) { return o.*member; };
  return spec;
}

option_spec folder(std::string name, std::filesystem::path options::*member, std::string doc) {
  option_spec spec{std::move(name), "DIR", "", std::move(doc), false, false, {}, {}};
  spec.set = [=](options& o, const std::string& text) -> std::optional<std::string> {
    if (text.empty()) return "must not be empty";
    o.*member = text;
    return std::nullopt;
  };
  spec.get = [=](const options& o) { return (o.*member).string(); };
  return spec;
}

option_spec optional_file(std::string name, std::filesystem::path options::*member,
                          std::string doc) {
  option_spec spec{std::move(name), "FILE", "", std::move(doc), false, false, {}, {}};
  spec.set = [=](options& o, const std::string& text) -> std::optional<std::string> {
    o.*member = text;
    return std::nullopt;
  };
  spec.get = [=](const options& o) { return (o.*member).string(); };
  return spec;
}

option_spec flag(std::string name, bool options::*member, std::string doc) {
  option_spec spec{std::move(name), "", "true|false", std::move(doc), true, false, {}, {}};
  spec.set = [=](options& o, const std::string& text) -> std::optional<std::string> {
    const auto value = parse_flag(text);
    if (!value) return std::string("must be true or false");
    o.*member = *value;
    return std::nullopt;
  };
  spec.get = [=](const options& o) { return o.*member ? "true" : "false"; };
  return spec;
}

option_spec hidden(option_spec spec) {
  spec.is_secret = true;
  return spec;
}

}  // namespace atrium::option_forms
