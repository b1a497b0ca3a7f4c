#include "psp/idempotency.hpp"

#include <algorithm>
#include <vector>

namespace atrium::psp {

std::uint64_t fingerprint_of(const std::string& path, const fields& form) {
  std::vector<const fields::value_type*> sorted;
  sorted.reserve(form.size());
  for (const auto& one : form) sorted.push_back(&one);
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return *a < *b; });
  std::uint64_t sum = 0xcbf29ce484222325ULL;  // FNV-1a
  const auto add = [&](const std::string& text) {
    for (const unsigned char c : text) sum = (sum ^ c) * 0x100000001b3ULL;
    sum = (sum ^ 0xff) * 0x100000001b3ULL;  // ends a part: no byte of UTF-8
  };
  add(path);
  for (const auto* one : sorted) add(one->first), add(one->second);
  return sum;
}

std::optional<keys_in_use::verdict> keys_in_use::claim(const store& s, const std::string& key,
                                                       std::uint64_t fingerprint) {
  if (key.empty()) return std::nullopt;
  if (const auto kept = s.answer_of(key)) {
    if (kept->fingerprint == fingerprint) return verdict{kept->answer, true};
    return verdict{render(api_error{
        .type = "idempotency_error",
        .message = "Keys for idempotent requests can only be used with the same parameters they "
                   "were first used with. Try using a key other than '" +
                   key + "' if you meant to execute a different request."})};
  }
  if (used_.insert(key).second) return std::nullopt;
  return verdict{render(api_error{
      .status = 409,
      .type = "idempotency_error",
      .code = "idempotency_key_in_use",
      .message = "There is currently another in-progress request using this Idempotent Key. Please "
                 "try again later."})};
}

}  // namespace atrium::psp
