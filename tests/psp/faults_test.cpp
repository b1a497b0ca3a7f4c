#include "psp/faults.hpp"

#include <gtest/gtest.h>

#include <map>

namespace atrium::psp {
namespace {

using std::chrono::milliseconds;

std::vector<fault> draws(fault_plan& p, int count, std::string_view operation = "authorize") {
  std::vector<fault> all;
  for (int i = 0; i < count; ++i) all.push_back(p.draw(operation).what);
  return all;
}

TEST(FaultPlanTest, NothingIsPlantedWithoutAPlan) {
  fault_plan p;
  EXPECT_EQ(draws(p, 100), std::vector<fault>(100, fault::none));
  EXPECT_EQ(p.draw_webhook().copies, 1);
}

TEST(FaultPlanTest, SameSeedPlantsTheSameFaultsAndAnotherDoesNot) {
  const auto with_seed = [](const std::string& seed) {
    fault_plan p;
    EXPECT_TRUE(p.set(R"({"timeoutAfterEffect":0.3,"rateLimited":0.2,"seed":)" + seed + "}"));
    return draws(p, 200);
  };
  EXPECT_EQ(with_seed("7"), with_seed("7"));
  EXPECT_NE(with_seed("7"), with_seed("8"));
}

TEST(FaultPlanTest, ProbabilitiesAreKept) {
  fault_plan p;
  ASSERT_TRUE(p.set(R"({"timeoutBeforeEffect":0.2,"resetAfterEffect":0.1})"));
  std::map<fault, int> seen;
  for (const auto f : draws(p, 10'000)) ++seen[f];
  EXPECT_NEAR(seen[fault::timeout_before_effect], 2000, 200);
  EXPECT_NEAR(seen[fault::reset_after_effect], 1000, 150);
  EXPECT_EQ(seen.size(), 3u);
}

TEST(FaultPlanTest, NextIsPlantedOnceAtItsOperation) {
  fault_plan p;
  ASSERT_TRUE(p.set(R"({"next":[{"operation":"capture","fault":"timeout-after-effect"}]})"));
  EXPECT_EQ(p.draw("authorize").what, fault::none);
  EXPECT_EQ(p.draw("capture").what, fault::timeout_after_effect);
  EXPECT_EQ(p.draw("capture").what, fault::none);
}

TEST(FaultPlanTest, OnlyTheNamedOperationsFail) {
  fault_plan p;
  ASSERT_TRUE(p.set(R"({"operations":["refund"],"resetBeforeEffect":1})"));
  EXPECT_EQ(p.draw("capture").what, fault::none);
  EXPECT_EQ(p.draw("refund").what, fault::reset_before_effect);
}

TEST(FaultPlanTest, ServerErrorsComeInBursts) {
  fault_plan p;
  ASSERT_TRUE(p.set(R"({"serverError":0.05,"burst":4,"seed":3})"));
  int run = 0, runs = 0;
  for (const auto f : draws(p, 2000)) {
    if (f == fault::server_error) {
      ++run;
    } else if (std::exchange(run, 0) > 0) {
      ++runs;
    }
  }
  EXPECT_GT(runs, 10);
  fault_plan again;
  ASSERT_TRUE(again.set(R"({"serverError":0.05,"burst":4,"seed":3})"));
  const auto all = draws(again, 2000);
  const auto first = std::find(all.begin(), all.end(), fault::server_error);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(*(first + i), fault::server_error);
}

TEST(FaultPlanTest, LatencyHasTheMedianAndThePercentileOfThePlan) {
  fault_plan p;
  ASSERT_TRUE(p.set(R"({"latency":{"medianMs":100,"p99Ms":1000}})"));
  std::vector<std::int64_t> all;
  for (int i = 0; i < 5000; ++i) all.push_back(p.draw("read").latency.count());
  std::sort(all.begin(), all.end());
  EXPECT_NEAR(static_cast<double>(all[2500]), 100, 10);
  EXPECT_NEAR(static_cast<double>(all[4950]), 1000, 250);
}

TEST(FaultPlanTest, WebhooksAreLostDuplicatedAndLate) {
  fault_plan p;
  ASSERT_TRUE(p.set(R"({"webhooks":{"lost":0.5,"duplicate":0.5,"late":0.5,"lateMs":9}})"));
  std::map<int, int> copies;
  int late = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto fate = p.draw_webhook();
    ++copies[fate.copies];
    late += fate.delay == milliseconds(9) ? 1 : 0;
  }
  EXPECT_NEAR(copies[0], 500, 80);
  EXPECT_NEAR(copies[2], 250, 60);
  EXPECT_NEAR(late, 250, 60);
}

TEST(FaultPlanTest, WrongPlansAreRefusedAndChangeNothing) {
  fault_plan p;
  ASSERT_TRUE(p.set(R"({"rateLimited":1})"));
  for (const auto* text : {"", "[]", "{", R"({"rateLimited":2})", R"({"colour":1})",
                           R"({"latency":{"p50":1}})", R"({"rateLimited":0.6,"serverError":0.6})",
                           R"({"next":[{"fault":"boom"}]})", R"({"operations":["steal"]})",
                           R"({"seed":"x"})", R"({"latency":{"medianMs":9,"p99Ms":1}})"})
    EXPECT_FALSE(p.set(text)) << text;
  EXPECT_EQ(p.draw("capture").what, fault::rate_limited);
  p.clear();
  EXPECT_EQ(p.draw("capture").what, fault::none);
}

}  // namespace
}  // namespace atrium::psp
