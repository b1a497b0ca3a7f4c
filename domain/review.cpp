#include "domain/review.hpp"

#include "domain/text.hpp"

namespace atrium {

namespace {

using events = review::events;

std::vector<violation> validate(int rating, const std::string& text) {
  std::vector<violation> out;
  check_range(out, rating, 1, 5, "/rating");
  check_text(out, text, {0, 4000, true}, "/text");
  return out;
}

failure plain(ec code, std::string detail) {
  return {code, std::move(detail), {}, {}, {}, 0, {}};
}

failure stale() {
  return plain(
      ec::precondition_failed,
      "The review was changed since you read it. Read it again and repeat your change on the "
      "new version.");
}

failure missing() {
  return plain(ec::not_found, "This booking has no review.");
}

}  // namespace

/// One overload per command; a nested class so that it may read the state.
struct review::decider {
  const review& self;

  result<events> operator()(const cmd::post_review& c) const {
    const ev::review_posted posted{c.id, c.reservation, c.room, c.author, c.rating, c.text};
    if (self.exists_) {
      if (self.posted_ == posted) return events{};
      return plain(
          ec::already_exists,
          "This booking has a review already: one booking, one review. Change the review \"" +
              self.posted_.id.str() + "\" instead.");
    }
    if (auto bad = validate(c.rating, c.text); !bad.empty())
      return invalid("The review", std::move(bad));
    return events{posted};
  }

  result<events> operator()(const cmd::change_review& c) const {
    if (!self.exists_) return missing();
    if (c.by != self.posted_.author) {
      return plain(ec::forbidden, "Only its author may change a review.");
    }
    if (auto bad = validate(c.rating, c.text); !bad.empty())
      return invalid("The review", std::move(bad));
    if (c.if_version != 0 && c.if_version != self.version_) return stale();
    if (c.rating == self.posted_.rating && c.text == self.posted_.text) return events{};
    return events{ev::review_changed{self.posted_.id, c.rating, c.text}};
  }

  result<events> operator()(const cmd::delete_review& c) const {
    if (!self.exists_) return missing();
    if (c.by != self.posted_.author && !c.as_operator) {
      return plain(ec::forbidden, "Only its author or an operator may delete a review.");
    }
    if (c.if_version != 0 && c.if_version != self.version_) return stale();
    return events{ev::review_deleted{self.posted_.id}};
  }
};

result<events> review::decide(const review_command& command, instant /*now*/) const {
  return std::visit(decider{*this}, command);
}

void review::apply(const event& e, instant /*at*/, std::uint64_t seq) {
  if (const auto* posted = std::get_if<ev::review_posted>(&e)) {
    posted_ = *posted;
    exists_ = true;
    version_ = seq;
  } else if (const auto* changed = std::get_if<ev::review_changed>(&e)) {
    posted_.rating = changed->rating;
    posted_.text = changed->text;
    version_ = seq;
  } else if (std::holds_alternative<ev::review_deleted>(e)) {
    exists_ = false;
    version_ = seq;
  }
}

}  // namespace atrium
