#include "psp/parameters.hpp"

#include <charconv>
#include <utility>

namespace atrium::psp {
namespace {

constexpr std::size_t most_metadata = 50;
constexpr std::size_t most_text = 500;

}  // namespace

void parameters::wrong(std::string_view name, std::string code, std::string message) {
  if (wrong_) return;
  wrong_ =
      api_error{.code = std::move(code), .message = std::move(message), .param = std::string(name)};
}

const std::string* parameters::ask_for(std::string_view name) {
  const std::string* first = nullptr;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (all_[i].first != name) continue;
    is_known_[i] = true;
    if (first == nullptr) first = &all_[i].second;
  }
  return first;
}

std::optional<std::string> parameters::text(std::string_view name, bool required) {
  const auto* given = ask_for(name);
  auto value = given == nullptr ? std::nullopt : std::optional(*given);
  if (required && (!value || value->empty()))
    wrong(name, "parameter_missing", "Missing required param: " + std::string(name) + ".");
  if (value && value->size() > most_text)
    wrong(name, "", "Invalid " + std::string(name) + ": at most 500 characters.");
  return value;
}

std::optional<std::int64_t> parameters::number(std::string_view name, std::int64_t least,
                                               std::int64_t most, bool required) {
  const auto given = text(name, required);
  if (!given || given->empty()) return std::nullopt;
  std::int64_t value = 0;
  const auto end = given->data() + given->size();
  const auto [at, e] = std::from_chars(given->data(), end, value);
  if (e != std::errc{} || at != end) {
    wrong(name, "parameter_invalid_integer", "Invalid integer: " + *given);
    return std::nullopt;
  }
  if (value < least)
    wrong(name, "amount_too_small",
          std::string(name) + " must be at least " + std::to_string(least));
  if (value > most)
    wrong(name, "amount_too_large", std::string(name) + " must be at most " + std::to_string(most));
  return value;
}

bool parameters::flag(std::string_view name) {
  const auto given = text(name, false).value_or("false");
  if (given != "true" && given != "false") wrong(name, "", "Invalid boolean: " + given);
  return given == "true";
}

fields parameters::metadata() {
  fields found;
  constexpr std::string_view prefix = "metadata[";
  for (std::size_t i = 0; i < all_.size(); ++i) {
    const auto& [name, value] = all_[i];
    if (!name.starts_with(prefix) || !name.ends_with(']')) continue;
    is_known_[i] = true;
    found.emplace_back(name.substr(prefix.size(), name.size() - prefix.size() - 1), value);
    if (value.size() > most_text) wrong(name, "", "Metadata values can have up to 500 characters.");
  }
  if (found.size() > most_metadata) wrong("metadata", "", "Metadata can have up to 50 keys.");
  return found;
}

bool parameters::expands(std::string_view what) {
  bool found = false;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    const auto& [name, value] = all_[i];
    if (!name.starts_with("expand[")) continue;
    is_known_[i] = true;
    found = found || value == what || value == "data." + std::string(what);
  }
  return found;
}

std::optional<api_error> parameters::problem() {
  for (std::size_t i = 0; i < all_.size(); ++i)
    if (!is_known_[i])
      wrong(all_[i].first, "parameter_unknown", "Received unknown parameter: " + all_[i].first);
  return wrong_;
}

api_error no_such(std::string_view what, const std::string& id) {
  return {.status = 404,
          .code = "resource_missing",
          .message = "No such " + std::string(what) + ": '" + id + "'",
          .param = "intent"};
}

}  // namespace atrium::psp
