#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace atrium {

/// An opaque identifier whose type says what it names, so that a room id cannot be passed where a
/// reservation id is meant. Ordered and hashable; the empty id means "none".
template <class Tag>
class strong_id {
 public:
  strong_id() = default;
  explicit strong_id(std::string value) : value_(std::move(value)) {}

  const std::string& str() const noexcept { return value_; }
  std::string_view view() const noexcept { return value_; }
  bool empty() const noexcept { return value_.empty(); }

  friend auto operator<=>(const strong_id&, const strong_id&) = default;
  friend bool operator==(const strong_id&, const strong_id&) = default;

 private:
  std::string value_;
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

template <class Tag>
struct std::hash<atrium::strong_id<Tag>> {
  std::size_t operator()(const atrium::strong_id<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.str());
  }
};
