#include "app/logging.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

namespace atrium {
namespace {

/// The JSON line that a message becomes.
rapidjson::Document logged(const std::string& message) {
  std::ostringstream out;
  auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(out);
  sink->set_formatter(make_json_formatter());
  spdlog::logger logger("http", sink);
  logger.warn(message);
  const auto text = out.str();
  EXPECT_EQ(text.find('\n'), text.size() - 1) << "one line";
  rapidjson::Document line;
  line.Parse(text.c_str());
  EXPECT_FALSE(line.HasParseError()) << text;
  return line;
}

TEST(LoggingTest, ALineIsOneJsonObject) {
  const auto line = logged("say \"hello\"\nto \\ everybody");
  EXPECT_STREQ(line["level"].GetString(), "warning");
  EXPECT_STREQ(line["logger"].GetString(), "http");
  EXPECT_STREQ(line["message"].GetString(), "say \"hello\"\nto \\ everybody");
  EXPECT_EQ(std::string(line["at"].GetString()).back(), 'Z');
  EXPECT_FALSE(line.HasMember("correlation"));
}

TEST(LoggingTest, TheCorrelationBecomesAField) {
  const auto line = logged("booked correlation=0af7651916cd43dd8448eb211c80319c");
  EXPECT_STREQ(line["message"].GetString(), "booked");
  EXPECT_STREQ(line["correlation"].GetString(), "0af7651916cd43dd8448eb211c80319c");
}

TEST(LoggingTest, TheLastWordsOfARequestBecomeFields) {
  const auto line = logged("GET /a=b c=d 200 5 us peer=::1 account= correlation=0af7 request=7=x");
  EXPECT_STREQ(line["message"].GetString(), "GET /a=b c=d 200 5 us");
  EXPECT_STREQ(line["peer"].GetString(), "::1");
  EXPECT_STREQ(line["correlation"].GetString(), "0af7");
  EXPECT_STREQ(line["request"].GetString(), "7=x");
  EXPECT_FALSE(line.HasMember("account"));
}

TEST(LoggingTest, AFieldCannotTakeTheLinesOwnName) {
  const auto line = logged("odd level=info");
  EXPECT_STREQ(line["message"].GetString(), "odd level=info");
  EXPECT_STREQ(line["level"].GetString(), "warning");
}

TEST(LoggingTest, ACorrelationInTheMiddleStaysText) {
  const auto line = logged("correlation=abc was odd");
  EXPECT_STREQ(line["message"].GetString(), "correlation=abc was odd");
}

TEST(LoggingTest, EveryFolderHasItsLogger) {
  start_logging("error", "json");
  for (const auto* name : {"http", "sagas", "actors", "payments", "persistence", "app"}) {
    ASSERT_NE(spdlog::get(name), nullptr) << name;
    EXPECT_EQ(spdlog::get(name)->level(), spdlog::level::err) << name;
  }
  EXPECT_EQ(spdlog::default_logger()->name(), "app");
}

}  // namespace
}  // namespace atrium
