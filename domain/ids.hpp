#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>

namespace atrium {

/// The text of an identifier, kept in place: copying, comparing and hashing one touches no other
/// memory. At most 47 bytes; all ids Atrium makes are shorter (the longest has 37). A longer text
/// comes from outside and names nothing: it is cut and marked, so that it equals no id.
class id_text {
 public:
  static constexpr std::size_t max_size = 47;

  constexpr id_text() = default;
  constexpr explicit id_text(std::string_view text) noexcept
      : size_(static_cast<std::uint8_t>(std::min(text.size(), max_size))) {
    std::copy_n(text.data(), size_, text_.data());
    if (text.size() > max_size) text_.back() = '~';
  }

  constexpr std::string_view view() const noexcept { return {text_.data(), size_}; }
  std::string str() const { return std::string(view()); }
  constexpr bool empty() const noexcept { return size_ == 0; }

  // Behind the text stand zeros, so that equal texts are equal bytes.
  friend constexpr bool operator==(const id_text&, const id_text&) = default;
  friend constexpr std::strong_ordering operator<=>(const id_text& a, const id_text& b) noexcept {
    return a.view() <=> b.view();
  }

 private:
  std::array<char, max_size> text_{};
  std::uint8_t size_ = 0;
};
static_assert(std::is_trivially_copyable_v<id_text> && sizeof(id_text) == 48);

/// An opaque identifier whose type says what it names, so that a room id cannot be passed where a
/// reservation id is meant. Ordered and hashable; the empty id means "none".
template <class Tag>
class strong_id {
 public:
  constexpr strong_id() = default;
  constexpr explicit strong_id(std::string_view text) noexcept : text_(text) {}
  constexpr explicit strong_id(const id_text& text) noexcept : text_(text) {}

  const id_text& text() const noexcept { return text_; }
  std::string str() const { return text_.str(); }
  std::string_view view() const noexcept { return text_.view(); }
  bool empty() const noexcept { return text_.empty(); }

  friend auto operator<=>(const strong_id&, const strong_id&) = default;
  friend bool operator==(const strong_id&, const strong_id&) = default;

 private:
  id_text text_;
};

using room_id = strong_id<struct room_id_tag>;
using blackout_id = strong_id<struct blackout_id_tag>;
using account_id = strong_id<struct account_id_tag>;
using api_key_id = strong_id<struct api_key_id_tag>;
/// A reservation's id is the id of the saga that made it (see sagas/): it is derived from the
/// principal and the Idempotency-Key, so that a repeated request names the same reservation.
using reservation_id = strong_id<struct reservation_id_tag>;
using hold_id = strong_id<struct hold_id_tag>;
using payment_id = strong_id<struct payment_id_tag>;
using review_id = strong_id<struct review_id_tag>;
using webhook_id = strong_id<struct webhook_id_tag>;
using saga_id = strong_id<struct saga_id_tag>;

}  // namespace atrium

template <>
struct std::hash<atrium::id_text> {
  std::size_t operator()(const atrium::id_text& id) const noexcept {
    return std::hash<std::string_view>{}(id.view());
  }
};

template <class Tag>
struct std::hash<atrium::strong_id<Tag>> {
  std::size_t operator()(const atrium::strong_id<Tag>& id) const noexcept {
    return std::hash<atrium::id_text>{}(id.text());
  }
};
