#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/events.hpp"
#include "domain/failure.hpp"

namespace atrium {

namespace cmd {
/// The caller has already shown that `author` was the guest of a checked-in or completed booking.
struct post_review {
  review_id id;
  reservation_id reservation;
  room_id room;
  account_id author;
  int rating = 5;
  std::string text;
};
struct change_review {
  account_id by;
  int rating = 5;
  std::string text;
  std::uint64_t if_version = 0;
};
struct delete_review {
  account_id by;
  bool as_operator = false;
  std::uint64_t if_version = 0;
};
}  // namespace cmd

using review_command = std::variant<cmd::post_review, cmd::change_review, cmd::delete_review>;

/// The one review of one booking; a deleted review may be written anew.
class review {
 public:
  using events = std::vector<event>;
  result<events> decide(const review_command& command, instant now) const;
  void apply(const event& e, instant at, std::uint64_t seq);
  bool exists() const noexcept { return exists_; }
  std::uint64_t version() const noexcept { return version_; }
  const review_id& id() const noexcept { return posted_.id; }

 private:
  struct decider;

  ev::review_posted posted_;
  bool exists_ = false;
  std::uint64_t version_ = 0;
};

}  // namespace atrium
