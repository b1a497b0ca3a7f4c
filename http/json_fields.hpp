#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/money.hpp"
#include "http/json.hpp"

namespace atrium::http {

/// Most violations that one answer reports.
inline constexpr std::size_t max_violations = 100;

/// Reads the members of one JSON object and collects everything that is wrong with them, so that a
/// client sees all its mistakes at once. Each accessor names a member that the object may have;
/// finish() reports the rest as unknown. An accessor returns nothing when the member is absent or
/// wrong.
class fields {
 public:
  enum class need : std::uint8_t { optional, required };

  /// `pointer` is the RFC 6901 pointer of the object, "" for the body. `value` may be of any type:
  /// one that is not an object is a violation and then has no members.
  fields(json_value value, std::string pointer, std::vector<violation>& out);

  /// Bounds count Unicode characters. Control characters are refused (line feed and tab are allowed
  /// when `lines`).
  std::optional<std::string> text(std::string_view name, std::size_t least, std::size_t most,
                                  need n = need::optional, bool lines = false);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most,
                                      need n = need::optional);
  /// A number with at most two decimals, in hundredths: 7.25 is 725. Bounds in whole numbers.
  std::optional<std::int64_t> hundredths(std::string_view name, std::int64_t least,
                                         std::int64_t most, need n = need::optional);
  std::optional<bool> boolean(std::string_view name, need n = need::optional);
  /// RFC 3339 with an offset or Z.
  std::optional<instant> when(std::string_view name, need n = need::optional);
  std::optional<json_value> object(std::string_view name, need n = need::optional);
  std::optional<json_value> array(std::string_view name, std::size_t most, need n = need::optional);
  /// "start" and "end" together; an end at or before the start is a violation at /end.
  std::optional<interval> slot(need n = need::required);

  /// True when the member is there and null (merge patch: back to the default). Names it as known.
  bool is_null(std::string_view name);
  bool has(std::string_view name) const;

  void add(std::string_view name, std::string rule, std::string limit, std::string actual);
  std::string pointer_of(std::string_view name) const;
  /// Reports members that no accessor has named; each object is finished once, after its accessors.
  void finish();

 private:
  std::optional<json_value> get(std::string_view name, json_value::kind want, need n);

  json_value value_;
  bool is_object_;
  std::string pointer_;
  std::vector<violation>& out_;
  std::vector<std::string_view> known_;
};

/// {"amount", "currency"}; with `base` members may be left out and keep its values (merge patch).
std::optional<money> read_money(json_value value, std::string pointer, std::vector<violation>& out,
                                const money* base = nullptr);

/// The value in words for `actual`, shortened to 80 bytes.
std::string describe(json_value value);

/// Number of Unicode characters of valid UTF-8.
std::size_t count_characters(std::string_view text);

/// Validation failure made of these; requires at least one.
failure invalid(std::vector<violation> violations);

}  // namespace atrium::http
