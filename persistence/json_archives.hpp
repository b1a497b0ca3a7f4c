#pragma once

#include <rapidjson/document.h>

#include <charconv>
#include <concepts>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "domain/ids.hpp"
#include "domain/time.hpp"
#include "persistence/document_text.hpp"

/// Three archives that walk the one description of an event's fields (event_fields.hpp):
/// json_out writes it, json_scan reads text exactly as json_out writes it (fast, used first), and
/// json_in reads any equivalent JSON and names what is wrong with it.
///
/// A description calls `a("name", x)` for a field that is always there and `a.optional("name", x)`
/// for one that is left out when it has no value (x == T{}).
namespace atrium::codec {

/// The member as an archive sees it: constant when writing.
template <class Archive, class T>
using ref = std::conditional_t<Archive::writes, const T&, T&>;

/// Names of an enum in the journal. Specialised in event_fields.hpp; names are never changed.
template <class E>
struct enum_names;

template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};
template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};
template <class T>
struct is_strong_id : std::false_type {};
template <class Tag>
struct is_strong_id<strong_id<Tag>> : std::true_type {};

// ---- writing -----------------------------------------------------------------------------------

class json_out {
 public:
  static constexpr bool writes = true;
  /// Appends to `out`.
  explicit json_out(std::string& out) : out_(out) {}

  template <std::size_t N, class T>
  void operator()(const char (&name)[N], const T& x) {
    constexpr std::size_t n = N - 1;
    char key[n + 4];
    char* to = key;
    if (!first_) *to++ = ',';
    *to++ = '"';
    std::memcpy(to, name, n);
    to += n;
    *to++ = '"';
    *to++ = ':';
    out_.append(key, static_cast<std::size_t>(to - key));
    first_ = false;
    value(x);
  }
  template <std::size_t N, class T>
  void optional(const char (&name)[N], const T& x) {
    if (is_given(x)) (*this)(name, x);
  }

  template <class T>
  void value(const T& x) {
    if constexpr (std::same_as<T, bool>) {
      out_.append(x ? "true" : "false");
    } else if constexpr (std::integral<T>) {
      text::append_integer(out_, x);
    } else if constexpr (std::is_enum_v<T>) {
      text::append_quoted(out_, enum_names<T>::to(x));
    } else if constexpr (std::same_as<T, instant>) {
      text::append_integer(out_, x.time_since_epoch().count());
    } else if constexpr (std::same_as<T, std::string>) {
      text::append_quoted(out_, x);
    } else if constexpr (is_strong_id<T>::value) {
      text::append_quoted(out_, x.view());
    } else if constexpr (is_optional<T>::value) {
      value(*x);
    } else if constexpr (is_vector<T>::value) {
      list(x);
    } else {
      out_.push_back('{');
      first_ = true;
      fields(*this, x);
      out_.push_back('}');
      first_ = false;
    }
  }

 private:
  template <class T>
  void list(const std::vector<T>& x) {
    out_.push_back('[');
    bool first = true;
    for (const auto& item : x) {
      if (!std::exchange(first, false)) out_.push_back(',');
      value(item);
    }
    out_.push_back(']');
  }
  template <class T>
  static bool is_given(const T& x) {
    if constexpr (is_optional<T>::value)
      return x.has_value();
    else
      return !(x == T{});
  }

  std::string& out_;
  bool first_ = true;
};

// ---- reading, fast -----------------------------------------------------------------------------

/// Accepts only what json_out writes, in its order and without escapes; anything else makes ok()
/// false, and the caller asks json_in. Never reads outside the text.
class json_scan {
 public:
  static constexpr bool writes = false;
  explicit json_scan(std::string_view text) : p_(text.data()), end_(p_ + text.size()) {}

  /// Everything matched and nothing is left over.
  bool ok() const noexcept { return ok_ && p_ == end_; }

  template <std::size_t N, class T>
  void operator()(const char (&name)[N], T& x) {
    if (!key(name)) {
      ok_ = false;
      return;
    }
    value(x);
  }
  template <std::size_t N, class T>
  void optional(const char (&name)[N], T& x) {
    if (key(name)) {
      value(x);
    } else {
      x = T{};
    }
  }

  template <class T>
  void value(T& x) {
    if (!ok_) return;
    if constexpr (std::same_as<T, bool>) {
      x = eat("true");
      if (!x) ok_ = eat("false");
    } else if constexpr (std::integral<T>) {
      const auto [stop, error] = std::from_chars(p_, end_, x);
      ok_ = error == std::errc{};
      p_ = stop;
    } else if constexpr (std::is_enum_v<T>) {
      const auto known = enum_names<T>::from(text());
      ok_ = ok_ && known.has_value();
      if (known) x = *known;
    } else if constexpr (std::same_as<T, instant>) {
      milliseconds::rep n = 0;
      value(n);
      x = instant{milliseconds{n}};
    } else if constexpr (std::same_as<T, std::string>) {
      x.assign(text());
    } else if constexpr (is_strong_id<T>::value) {
      x = T{std::string(text())};
    } else if constexpr (is_optional<T>::value) {
      value(x.emplace());
    } else if constexpr (is_vector<T>::value) {
      list(x);
    } else {
      object(x);
    }
  }

 private:
  template <std::size_t N>
  bool eat(const char (&literal)[N]) {
    constexpr std::size_t n = N - 1;
    if (static_cast<std::size_t>(end_ - p_) < n || std::memcmp(p_, literal, n) != 0) return false;
    p_ += n;
    return true;
  }

  /// `"name":` with the comma in front unless it is the first of its object.
  template <std::size_t N>
  bool key(const char (&name)[N]) {
    constexpr std::size_t n = N - 1;
    const std::size_t comma = first_ ? 0 : 1;
    if (!ok_ || static_cast<std::size_t>(end_ - p_) < comma + n + 3) return false;
    if (!first_ && *p_ != ',') return false;
    const char* at = p_ + comma;
    if (*at != '"' || std::memcmp(at + 1, name, n) != 0 || at[n + 1] != '"' || at[n + 2] != ':')
      return false;
    p_ = at + n + 3;
    first_ = false;
    return true;
  }

  std::string_view text() {
    if (p_ == end_ || *p_ != '"') {
      ok_ = false;
      return {};
    }
    const char* from = ++p_;
    p_ += text::plain_length({p_, static_cast<std::size_t>(end_ - p_)});
    if (p_ == end_ || *p_ != '"') {
      ok_ = false;
      return {};
    }
    return {from, static_cast<std::size_t>(p_++ - from)};
  }

  template <class T>
  void list(std::vector<T>& x) {
    x.clear();
    if (!(ok_ = eat("["))) return;
    if (eat("]")) return;
    do {
      value(x.emplace_back());
    } while (ok_ && eat(","));
    ok_ = ok_ && eat("]");
  }

  template <class T>
  void object(T& x) {
    if (!(ok_ = eat("{"))) return;
    first_ = true;
    fields(*this, x);
    ok_ = ok_ && eat("}");
    first_ = false;
  }

  const char* p_;
  const char* end_;
  bool first_ = true;
  bool ok_ = true;
};

// ---- reading, tolerant -------------------------------------------------------------------------

/// Reads a parsed document; keeps the first problem with the JSON pointer of where it is. Unknown
/// members are skipped: a later release may add optional ones.
class json_in {
 public:
  static constexpr bool writes = false;
  explicit json_in(const rapidjson::Value& root) : at_(&root) {}

  /// Empty when all was well, else e.g. "/price/amount is missing".
  const std::string& problem() const noexcept { return problem_; }

  template <std::size_t N, class T>
  void operator()(const char (&name)[N], T& x) {
    member({name, N - 1}, x, true);
  }
  template <std::size_t N, class T>
  void optional(const char (&name)[N], T& x) {
    member({name, N - 1}, x, false);
  }

  template <class T>
  void value(T& x) {
    if (!problem_.empty()) return;
    const rapidjson::Value& v = *at_;
    if constexpr (std::same_as<T, bool>) {
      if (!v.IsBool()) return wrong("is not true or false");
      x = v.GetBool();
    } else if constexpr (std::integral<T>) {
      if (!v.IsInt64()) return wrong("is not a whole number");
      if (!std::in_range<T>(v.GetInt64())) return wrong("is out of range");
      x = static_cast<T>(v.GetInt64());
    } else if constexpr (std::is_enum_v<T>) {
      if (!v.IsString()) return wrong("is not a text");
      const auto known = enum_names<T>::from({v.GetString(), v.GetStringLength()});
      if (!known) return wrong("is not a known name");
      x = *known;
    } else if constexpr (std::same_as<T, instant>) {
      milliseconds::rep n = 0;
      value(n);
      x = instant{milliseconds{n}};
    } else if constexpr (std::same_as<T, std::string>) {
      if (!v.IsString()) return wrong("is not a text");
      x.assign(v.GetString(), v.GetStringLength());
    } else if constexpr (is_strong_id<T>::value) {
      std::string s;
      value(s);
      x = T{std::move(s)};
    } else if constexpr (is_optional<T>::value) {
      value(x.emplace());
    } else if constexpr (is_vector<T>::value) {
      list(x);
    } else {
      if (!v.IsObject()) return wrong("is not an object");
      fields(*this, x);
    }
  }

 private:
  template <class T>
  void member(std::string_view name, T& x, bool required) {
    if (!problem_.empty()) return;
    const rapidjson::Value* owner = at_;
    const std::size_t depth = path_.size();
    path_.append("/").append(name);
    const auto found =
        owner->FindMember(rapidjson::Value(rapidjson::StringRef(name.data(), name.size())));
    if (found != owner->MemberEnd()) {
      at_ = &found->value;
      value(x);
    } else if (required) {
      wrong("is missing");
    } else {
      x = T{};
    }
    at_ = owner;
    path_.resize(depth);
  }

  template <class T>
  void list(std::vector<T>& x) {
    const rapidjson::Value& v = *at_;
    if (!v.IsArray()) return wrong("is not a list");
    x.clear();
    x.reserve(v.Size());
    const std::size_t depth = path_.size();
    for (rapidjson::SizeType i = 0; i != v.Size(); ++i) {
      path_.append("/").append(std::to_string(i));
      at_ = &v[i];
      value(x.emplace_back());
      path_.resize(depth);
    }
    at_ = &v;
  }

  void wrong(const char* what) {
    if (problem_.empty()) problem_ = (path_.empty() ? std::string("the data") : path_) + " " + what;
  }

  const rapidjson::Value* at_;
  std::string path_;
  std::string problem_;
};

}  // namespace atrium::codec
