#include "http/drills.hpp"

namespace atrium::http {

namespace {
constexpr std::array<std::string_view, subsystem_count> names{"notifier", "projector", "reviews",
                                                              "room-administration"};
constexpr std::int64_t ask_again_ms = 30'000;
}  // namespace

std::string_view to_string(subsystem s) {
  return names[static_cast<std::size_t>(s)];
}

std::optional<subsystem> parse_subsystem(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<subsystem>(i);
  return std::nullopt;
}

bool drills::set(subsystem s, bool stop, const account_id& by, instant now) {
  const std::scoped_lock lock(mutex_);
  const auto i = static_cast<std::size_t>(s);
  if (stopped_[i].exchange(stop) == stop) return false;
  last_[i] = {now, by};
  if (on_switch_) on_switch_(s, stop);
  return true;
}

std::vector<drills::status> drills::describe() const {
  const std::scoped_lock lock(mutex_);
  std::vector<status> all;
  for (std::size_t i = 0; i < subsystem_count; ++i)
    all.push_back({static_cast<subsystem>(i), stopped_[i].load(), last_[i].at, last_[i].by});
  return all;
}

std::string drills::stopped_names() const {
  std::string out;
  for (std::size_t i = 0; i < subsystem_count; ++i)
    if (is_stopped(static_cast<subsystem>(i))) out.append(out.empty() ? "" : ", ").append(names[i]);
  return out;
}

std::optional<failure> drills::refusal(subsystem s) const {
  if (!is_stopped(s)) return std::nullopt;
  const std::string name(to_string(s));
  return failure{.code = ec::dependency_unavailable,
                 .detail = "The subsystem \"" + name +
                           "\" is stopped for a drill, and nothing was changed. Bookings go on; "
                           "please try this again later.",
                 .retry_after_ms = ask_again_ms,
                 .reason = "drill:" + name};
}

}  // namespace atrium::http
