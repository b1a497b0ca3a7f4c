#include "domain/room.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "tests/domain/builders.hpp"

namespace atrium {
namespace {

using testing::every_day;
using testing::plain_room;

/// The pointers of all violations after `change` of a valid room.
std::vector<std::string> pointers_after(const std::function<void(room_facts&)>& change) {
  auto f = plain_room();
  change(f);
  std::vector<std::string> out;
  for (const auto& v : validate(f)) {
    EXPECT_FALSE(v.rule.empty());
    EXPECT_FALSE(v.limit.empty());
    EXPECT_FALSE(v.actual.empty());
    out.push_back(v.pointer);
  }
  return out;
}
using pointers = std::vector<std::string>;

TEST(RoomTest, APlainRoomAndTheDefaultsAreValid) {
  EXPECT_TRUE(validate(plain_room()).empty());
  room_facts minimal;
  minimal.name = "회의실";
  minimal.capacity = 1;
  minimal.time_zone = "Asia/Seoul";
  minimal.price_per_hour = {0, "KRW"};
  EXPECT_TRUE(validate(minimal).empty());
}

TEST(RoomTest, WhatIsRequiredIsMissedByName) {
  pointers found;
  for (const auto& v : validate(room_facts{})) found.push_back(v.pointer);
  EXPECT_EQ(found, (pointers{"/name", "/capacity", "/timeZone", "/pricePerHour/currency"}));
}

TEST(RoomTest, EveryBoundIsCheckedWithItsPointer) {
  const std::vector<std::pair<std::function<void(room_facts&)>, pointers>> cases{
      {[](auto& f) { f.name = std::string(201, 'x'); }, {"/name"}},
      {[](auto& f) { f.name = "two\nlines"; }, {"/name"}},
      {[](auto& f) { f.site = std::string(101, 'x'); }, {"/site"}},
      {[](auto& f) { f.description = std::string(4001, 'x'); }, {"/description"}},
      {[](auto& f) { f.capacity = 10001; }, {"/capacity"}},
      {[](auto& f) {
         f.amenities = {"screen", "", "screen"};
       },
       {"/amenities/1", "/amenities/2"}},
      {[](auto& f) { f.amenities.assign(51, "x"); }, {"/amenities"}},
      {[](auto& f) { f.time_zone = "Mars/Base"; }, {"/timeZone"}},
      {[](auto& f) { f.time_zone = "localtime"; }, {"/timeZone"}},
      {[](auto& f) { f.time_zone = "../UTC"; }, {"/timeZone"}},
      {[](auto& f) { f.opening_hours = {every_day(1440, 60)}; }, {"/openingHours/0/open"}},
      {[](auto& f) { f.opening_hours = {every_day(0, 1441)}; }, {"/openingHours/0/close"}},
      {[](auto& f) { f.opening_hours = {opening_window{}}; }, {"/openingHours/0/days"}},
      {[](auto& f) { f.opening_hours.assign(51, every_day(0, 1440)); }, {"/openingHours"}},
      {[](auto& f) { f.step_minutes = 0; }, {"/stepMinutes"}},
      {[](auto& f) {
         f.step_minutes = 7;
         f.min_duration_minutes = 7;
         f.max_duration_minutes = 70;
       },
       {"/stepMinutes"}},
      {[](auto& f) { f.min_duration_minutes = 45; }, {"/minDurationMinutes"}},
      {[](auto& f) { f.min_duration_minutes = 510; }, {"/minDurationMinutes"}},
      {[](auto& f) { f.max_duration_minutes = 10110; }, {"/maxDurationMinutes"}},
      {[](auto& f) { f.buffer_minutes = -1; }, {"/bufferMinutes"}},
      {[](auto& f) { f.horizon_days = 3651; }, {"/horizonDays"}},
      {[](auto& f) { f.grace_minutes = 0; }, {"/graceMinutes"}},
      {[](auto& f) { f.tax_rate_bp = -1; }, {"/taxRate"}},
      {[](auto& f) { f.tax_rate_bp = 10'001; }, {"/taxRate"}},
      {[](auto& f) { f.price_per_hour.amount = -1; }, {"/pricePerHour/amount"}},
      {[](auto& f) { f.price_per_hour.amount = 1'000'000'000'001; }, {"/pricePerHour/amount"}},
      {[](auto& f) { f.price_per_hour.currency = "eur"; }, {"/pricePerHour/currency"}},
      {[](auto& f) {
         f.cancellation = {{1, 50}, {24, 100}};
       },
       {"/cancellationPolicy/1/hoursBefore"}},
      {[](auto& f) {
         f.cancellation = {{24, 50}, {24, 100}};
       },
       {"/cancellationPolicy/1/hoursBefore"}},
      {[](auto& f) {
         f.cancellation = {{8761, 101}};
       },
       {"/cancellationPolicy/0/hoursBefore", "/cancellationPolicy/0/refundPercent"}},
      {[](auto& f) {
         f.cancellation.assign(21, {0, 1});
       },
       {"/cancellationPolicy"}},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(pointers_after(cases[i].first), cases[i].second) << "case " << i;
  }
}

}  // namespace
}  // namespace atrium
