#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "domain/failure.hpp"

/// Strict, bounded JSON input for the edge.
namespace atrium::http {

/// Deepest nesting of arrays and objects that is read.
inline constexpr std::size_t max_json_depth = 32;
/// Largest body that is read, in bytes. The transport's own bound is usually smaller; this one
/// keeps the tree of values small whoever calls.
inline constexpr std::size_t max_json_bytes = 1024 * 1024;
/// Integers beyond this lose precision in many clients, so they are refused: 2^53.
inline constexpr std::int64_t max_json_integer = 9'007'199'254'740'992;

/// One value inside a json_document; cheap to copy, valid as long as its document.
class json_value {
 public:
  enum class kind : std::uint8_t { null, boolean, integer, fraction, string, array, object };

  explicit json_value(const void* node) : node_(node) {}
  kind type() const;
  bool boolean() const;                    ///< requires type() == boolean
  std::int64_t integer() const;            ///< requires type() == integer
  double number() const;                   ///< requires type() == integer or fraction
  std::string_view text() const;           ///< requires type() == string
  std::size_t size() const;                ///< of an array or object
  json_value at(std::size_t index) const;  ///< requires type() == array
  /// Member of an object; nothing when it is absent.
  std::optional<json_value> find(std::string_view name) const;
  void each_member(const std::function<void(std::string_view, json_value)>& visit) const;

 private:
  const void* node_;
};

/// A parsed body.
class json_document {
 public:
  /// Fails with malformed, saying what is wrong and at which byte, on: more than max_json_bytes,
  /// nesting beyond max_json_depth (found before any tree is built), duplicate member names,
  /// invalid UTF-8, lone surrogates, numbers that no double holds, integers beyond 2^53, NaN,
  /// trailing text.
  static result<json_document> parse(std::string_view text);
  json_document(json_document&&) noexcept;
  json_document& operator=(json_document&&) noexcept;
  ~json_document();

  json_value root() const;
  /// The same text for equal JSON values: members sorted, no white space, numbers by value (1, 1.0
  /// and 1e0 are equal).
  std::string canonical() const;

 private:
  struct impl;
  explicit json_document(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

/// True for well-formed UTF-8 without surrogates (Unicode 15, table 3-7).
bool is_valid_utf8(std::string_view text);

/// RFC 6901 escape of one member name: "a/b~c" -> "a~1b~0c".
std::string pointer_token(std::string_view name);

}  // namespace atrium::http
