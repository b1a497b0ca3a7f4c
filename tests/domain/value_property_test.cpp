#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "domain/money.hpp"
#include "domain/pricing.hpp"
#include "domain/slot_table.hpp"
#include "tests/domain/builders.hpp"

namespace atrium {
namespace {

RC_GTEST_PROP(MoneyProperty, ScalingIsTheNearestIntegerAndTiesAreEven, ()) {
  const auto amount = *rc::gen::inRange<std::int64_t>(-10'000'000'000, 10'000'000'000);
  const auto numerator = *rc::gen::inRange<std::int64_t>(-604'800'000, 604'800'000);
  const auto denominator = *rc::gen::element<std::int64_t>(1, 2, 3, 60, 100, 3'600'000);
  const auto q = scale_half_even(amount, numerator, denominator);
  __extension__ using wide = __int128;
  wide off = static_cast<wide>(amount) * numerator - static_cast<wide>(q) * denominator;
  if (off < 0) off = -off;
  RC_ASSERT(off * 2 <= denominator);
  if (off * 2 == denominator) RC_ASSERT(q % 2 == 0);
}

RC_GTEST_PROP(MoneyProperty, SmallHalvesAreEven, ()) {
  const auto n = *rc::gen::inRange<std::int64_t>(-1000, 1000);
  RC_ASSERT(scale_half_even(2 * n + 1, 1, 2) % 2 == 0);
}

RC_GTEST_PROP(RefundProperty, RefundAndFeeAreThePriceAndFollowTheDeadline, ()) {
  const money price{*rc::gen::inRange<std::int64_t>(0, 1'000'000), "EUR"};
  auto hours = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 200));
  std::sort(hours.rbegin(), hours.rend());
  hours.erase(std::unique(hours.begin(), hours.end()), hours.end());
  cancellation_policy policy;
  for (const int h : hours) policy.push_back({h, *rc::gen::inRange(0, 101)});
  const auto start = testing::clock("09:00");
  const auto now = start - std::chrono::hours{*rc::gen::inRange(-5, 210)};
  const auto terms = refund_for(policy, price, start, now);
  RC_ASSERT(terms.refund.amount + terms.fee.amount == price.amount);
  RC_ASSERT(terms.refund.amount >= 0 && terms.fee.amount >= 0);
  RC_ASSERT(terms.rule.has_value() == (terms.refund.amount > 0));
  RC_ASSERT(terms.deadline.has_value() == terms.rule.has_value());
  if (terms.deadline) RC_ASSERT(now <= *terms.deadline);
}

RC_GTEST_PROP(TimeProperty, WhatIsWrittenReadsBack, ()) {
  const instant t{
      milliseconds{*rc::gen::inRange<std::int64_t>(0, max_instant.time_since_epoch().count() + 1)}};
  const auto text = format_instant(t);
  RC_ASSERT(parse_instant(text) == t);
  // The same instant with an offset.
  const int offset = *rc::gen::inRange(-14, 15);
  const auto shifted = t + std::chrono::hours{offset};
  RC_PRE(shifted >= min_instant && shifted <= max_instant);
  auto local = format_instant(shifted);
  local.pop_back();
  char suffix[16];
  std::snprintf(suffix, sizeof suffix, "%c%02d:00", offset < 0 ? '-' : '+', std::abs(offset));
  RC_ASSERT(parse_instant(local + suffix) == t);
}

RC_GTEST_PROP(TimeProperty, NoTextCrashesTheParser, ()) {
  auto text = *rc::gen::string<std::string>();
  (void)parse_instant(text);
  std::string damaged = "2026-11-22T09:00:00.123+09:00";
  damaged[*rc::gen::inRange<std::size_t>(0, damaged.size())] = *rc::gen::arbitrary<char>();
  if (const auto t = parse_instant(damaged)) RC_ASSERT(*t >= min_instant && *t <= max_instant);
}

interval arbitrary_interval(int reach, int longest) {
  const instant start{std::chrono::minutes{*rc::gen::inRange(0, reach)}};
  return {start, start + std::chrono::minutes{*rc::gen::inRange(1, longest)}};
}

RC_GTEST_PROP(SlotTableProperty, FindsTheConflictsAndGapsAListWouldFind, ()) {
  slot_table table;
  std::vector<std::pair<interval, occupied_slot>> list;
  const instant now{std::chrono::minutes{50}};
  const int wanted = *rc::gen::inRange(0, 30);
  for (int i = 0; i < wanted; ++i) {
    const auto when = arbitrary_interval(300, 20);
    if (std::any_of(list.begin(), list.end(), [&](auto& e) { return e.first.overlaps(when); }))
      continue;
    const instant expires = *rc::gen::element(0, 1) == 0 ? max_instant : now;
    const id_text id(std::to_string(i));
    table.insert(when, occupied_slot::kind::hold, expires, id);
    list.push_back({when, {when.end, occupied_slot::kind::hold, expires, id}});
  }
  if (!list.empty() && *rc::gen::element(0, 1) == 0) {
    table.erase(list.back().first.start, list.back().second.id);
    list.pop_back();
  }
  const auto asked = arbitrary_interval(300, 30);
  const milliseconds gap = std::chrono::minutes{*rc::gen::inRange(0, 20)};
  const auto near = [&](const interval& other, const interval& one) {
    return other.start < one.end + gap && one.start < other.end + gap;
  };

  std::vector<id_text> expected;
  for (const auto& [when, s] : list) {
    if (near(when, asked)) expected.push_back(s.id);
  }
  std::vector<id_text> found;
  table.visit_conflicts(asked, gap, [&](instant, const occupied_slot& s) {
    found.push_back(s.id);
    return true;
  });
  std::sort(expected.begin(), expected.end());
  std::sort(found.begin(), found.end());
  RC_ASSERT(found == expected);

  const auto free = [&](instant start) {
    return std::none_of(list.begin(), list.end(), [&](auto& e) {
      return e.second.live(now) && near(e.first, {start, start + asked.length()});
    });
  };
  auto after = asked.start;
  while (!free(after)) after += std::chrono::minutes{1};
  auto before = asked.start;
  while (!free(before)) before -= std::chrono::minutes{1};
  RC_ASSERT(table.free_after(asked, gap, now, max_instant) == after);
  RC_ASSERT(table.free_before(asked, gap, now, instant::min()) == before);

  std::vector<instant> later;
  for (const auto& [when, s] : list) {
    if (when.end > asked.start) later.push_back(when.start);
  }
  std::sort(later.begin(), later.end());
  std::vector<instant> told;
  for (const auto* e : table.ending_after(asked.start)) told.push_back(e->first);
  RC_ASSERT(told == later);
}

RC_GTEST_PROP(IntervalUnionProperty, OverlapsWhatAnyPartOverlaps, ()) {
  std::vector<interval> parts;
  const int count = *rc::gen::inRange(0, 12);
  for (int i = 0; i < count; ++i) parts.push_back(arbitrary_interval(200, 30));
  interval_union all;
  all.assign(parts);
  const auto asked = arbitrary_interval(230, 30);
  const bool expected =
      std::any_of(parts.begin(), parts.end(), [&](auto& p) { return p.overlaps(asked); });
  const auto found = all.overlapping(asked);
  RC_ASSERT(found.has_value() == expected);
  if (found) RC_ASSERT(found->overlaps(asked));
}

}  // namespace
}  // namespace atrium
