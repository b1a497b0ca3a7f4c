#include "domain/slot_table.hpp"

#include <algorithm>

namespace atrium {

void slot_table::insert(const interval& when, occupied_slot::kind what, instant expires_at,
                        const id_text& id) {
  by_start_.emplace(when.start, occupied_slot{when.end, what, expires_at, id});
}

void slot_table::erase(instant start, const id_text& id) {
  auto [it, last] = by_start_.equal_range(start);
  for (; it != last; ++it) {
    if (it->second.id == id) {
      by_start_.erase(it);
      return;
    }
  }
}

instant slot_table::free_after(const interval& when, milliseconds gap, instant now,
                               instant limit) const {
  instant start = when.start;
  auto it = by_start_.lower_bound(start - gap);
  // Of the slots that begin earlier only the last can reach this far.
  if (it != by_start_.begin()) --it;
  for (; it != by_start_.end() && it->first < start + when.length() + gap && start <= limit; ++it) {
    if (it->second.live(now) && it->second.end > start - gap) start = it->second.end + gap;
  }
  return start;
}

instant slot_table::free_before(const interval& when, milliseconds gap, instant now,
                                instant limit) const {
  instant start = when.start;
  for (auto it = by_start_.lower_bound(when.end + gap);
       it != by_start_.begin() && start >= limit;) {
    --it;
    if (it->second.end <= start - gap) break;
    if (it->second.live(now)) start = it->first - gap - when.length();
  }
  return start;
}

std::vector<const slot_table::map::value_type*> slot_table::ending_after(instant t) const {
  auto it = by_start_.upper_bound(t);
  // Of those that start earlier only the last can still go on.
  if (it != by_start_.begin() && std::prev(it)->second.end > t) --it;
  std::vector<const map::value_type*> out;
  for (; it != by_start_.end(); ++it) out.push_back(&*it);
  return out;
}

void interval_union::assign(std::vector<interval> parts) {
  std::sort(parts.begin(), parts.end());
  parts_.clear();
  for (const auto& p : parts) {
    if (!parts_.empty() && p.start <= parts_.back().end) {
      parts_.back().end = std::max(parts_.back().end, p.end);
    } else {
      parts_.push_back(p);
    }
  }
}

std::optional<interval> interval_union::overlapping(const interval& when) const {
  const auto it = std::upper_bound(parts_.begin(), parts_.end(), when.start,
                                   [](instant t, const interval& p) { return t < p.end; });
  if (it == parts_.end() || it->start >= when.end) return std::nullopt;
  return *it;
}

}  // namespace atrium
