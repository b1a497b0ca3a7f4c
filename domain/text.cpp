#include "domain/text.hpp"

#include <algorithm>

namespace atrium {

namespace {

/// Length in bytes of the sequence a lead byte announces; 0 for a byte that cannot lead.
std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  if (lead >= 0xF0 && lead < 0xF5) return 4;
  return 0;
}

/// Second bytes that would make an overlong form, a surrogate or a code point past U+10FFFF.
bool bad_second(unsigned char lead, unsigned char second) {
  return (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
         (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
}

bool is_control(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u < 0x20 || u == 0x7F;
}

}  // namespace

std::optional<std::size_t> utf8_length(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++count) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const auto length = sequence_length(lead);
    if (length == 0 || length > text.size() - i) return std::nullopt;
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0) != 0x80 || (k == 1 && bad_second(lead, next))) return std::nullopt;
    }
    i += length;
  }
  return count;
}

void check_text(std::vector<violation>& out, std::string_view text, text_bounds bounds,
                std::string pointer) {
  const auto length = utf8_length(text);
  const bool control = std::any_of(text.begin(), text.end(), [&](char c) {
    return is_control(c) && !(bounds.lines && (c == '\n' || c == '\t' || c == '\r'));
  });
  if (!length || control) {
    out.push_back({"characters", "UTF-8 text without control characters",
                   length ? "a control character" : "bytes that are not UTF-8",
                   std::move(pointer)});
    return;
  }
  const bool blank = text.find_first_not_of(" \t\r\n") == std::string_view::npos;
  if (bounds.min > 0 && blank) {
    out.push_back({"required",
                   "at least " + counted(static_cast<std::int64_t>(bounds.min), "character"),
                   "nothing", std::move(pointer)});
  } else if (*length < bounds.min) {
    out.push_back({"min-length",
                   "at least " + counted(static_cast<std::int64_t>(bounds.min), "character"),
                   counted(static_cast<std::int64_t>(*length), "character"), std::move(pointer)});
  } else if (*length > bounds.max) {
    out.push_back({"max-length",
                   "at most " + counted(static_cast<std::int64_t>(bounds.max), "character"),
                   counted(static_cast<std::int64_t>(*length), "character"), std::move(pointer)});
  }
}

void check_range(std::vector<violation>& out, std::int64_t value, std::int64_t low,
                 std::int64_t high, std::string pointer) {
  if (value >= low && value <= high) return;
  out.push_back({"range", "from " + std::to_string(low) + " to " + std::to_string(high),
                 std::to_string(value), std::move(pointer)});
}

std::string counted(std::int64_t n, std::string_view thing) {
  return std::to_string(n) + " " + std::string(thing) + (n == 1 ? "" : "s");
}

failure invalid(std::string_view what, std::vector<violation> violations) {
  failure f;
  f.code = ec::validation;
  f.detail = std::string(what) + " was not accepted. ";
  constexpr std::size_t most_told = 3;
  for (std::size_t i = 0; i < std::min(violations.size(), most_told); ++i) {
    const auto& v = violations[i];
    if (i > 0) f.detail += "; ";
    f.detail += v.pointer.empty() ? "the body" : v.pointer;
    f.detail += v.rule == "required" ? " is missing: " + v.limit
                                     : ": allowed is " + v.limit + ", found " + v.actual;
  }
  if (violations.size() > most_told)
    f.detail += "; and " + std::to_string(violations.size() - most_told) + " more, see violations";
  f.detail += ". Correct this and send it again.";
  f.violations = std::move(violations);
  return f;
}

}  // namespace atrium
