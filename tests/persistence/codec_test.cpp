#include "persistence/codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <rapidjson/prettywriter.h>

#include <random>
#include <set>

#include "tests/persistence/sample_events.hpp"

namespace atrium {
namespace {

using tests::sample_events;
using tests::sample_journal;

/// The same JSON with white space and every object's members the other way round: what the fast
/// reader does not know and the tolerant one must.
void write_reversed(rapidjson::PrettyWriter<rapidjson::StringBuffer>& to,
                    const rapidjson::Value& v) {
  if (v.IsObject()) {
    to.StartObject();
    for (auto m = v.MemberEnd(); m != v.MemberBegin();) {
      --m;
      to.Key(m->name.GetString());
      write_reversed(to, m->value);
    }
    to.Key("added_by_a_later_release");
    to.Null();
    to.EndObject();
  } else if (v.IsArray()) {
    to.StartArray();
    for (const auto& item : v.GetArray()) write_reversed(to, item);
    to.EndArray();
  } else {
    v.Accept(to);
  }
}

std::string reversed(const std::string& json) {
  rapidjson::Document d;
  d.Parse(json.c_str());
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
  write_reversed(writer, d);
  return buffer.GetString();
}

TEST(CodecTest, SamplesHoldEveryEventType) {
  std::set<std::size_t> seen;
  for (const auto& e : sample_events()) seen.insert(e.index());
  EXPECT_EQ(seen.size(), std::variant_size_v<event_kinds>);
}

TEST(CodecTest, TypeNamesAreDistinctAndVersioned) {
  std::set<std::string_view> names;
  for (const auto& e : sample_events()) {
    names.insert(type_name(e));
    EXPECT_THAT(std::string(type_name(e)), testing::MatchesRegex("[a-z_]+\\.[a-z_]+\\.v[1-9]"));
  }
  EXPECT_EQ(names.size(), std::variant_size_v<event_kinds>);
}

TEST(CodecTest, EveryEventComesBackAsItWas) {
  for (const auto& e : sample_events()) {
    const auto json = encode_data(e);
    const auto back = decode_data(type_name(e), json);
    ASSERT_TRUE(back) << type_name(e) << ": " << back.error().detail;
    EXPECT_EQ(*back, e) << json;
  }
}

TEST(CodecTest, OrderWhiteSpaceAndUnknownMembersDoNotMatter) {
  for (const auto& e : sample_events()) {
    const auto json = reversed(encode_data(e));
    const auto back = decode_data(type_name(e), json);
    ASSERT_TRUE(back) << type_name(e) << ": " << back.error().detail;
    EXPECT_EQ(*back, e) << json;
  }
}

TEST(CodecTest, AMissingFieldIsNamed) {
  const auto broken = decode_data("reservation.held.v1", R"({"id":"rs_1","customer":"acc"})");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ec::malformed);
  EXPECT_EQ(broken.error().detail, "reservation.held.v1: /start_ms is missing");
}

TEST(CodecTest, AFieldOfAnotherTypeIsNamedWithItsPlace) {
  const auto broken =
      decode_data("payment.captured.v1",
                  R"({"id":"p","reservation":"r","amount":{"amount":"12","currency":"KRW"}})");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().detail, "payment.captured.v1: /amount/amount is not a whole number");
  const auto in_a_list = decode_data("room.retired.v1", R"({"cancelling":["rs_1",2]})");
  ASSERT_FALSE(in_a_list);
  EXPECT_EQ(in_a_list.error().detail, "room.retired.v1: /cancelling/1 is not a text");
}

TEST(CodecTest, EveryRequiredFieldIsMissed) {
  // Taking any one member away either leaves a readable event or names exactly that member.
  for (const auto& e : sample_events()) {
    rapidjson::Document whole;
    whole.Parse(encode_data(e).c_str());
    for (auto m = whole.MemberBegin(); m != whole.MemberEnd(); ++m) {
      rapidjson::Document less;
      less.CopyFrom(whole, less.GetAllocator());
      less.RemoveMember(m->name.GetString());
      rapidjson::StringBuffer buffer;
      rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
      less.Accept(writer);
      const auto back = decode_data(type_name(e), buffer.GetString());
      if (back) continue;
      EXPECT_EQ(back.error().detail,
                std::string(type_name(e)) + ": /" + m->name.GetString() + " is missing");
    }
  }
}

TEST(CodecTest, UnknownTypesNamesAndVersionsAreRefused) {
  EXPECT_EQ(decode_data("reservation.held.v99", "{}").error().detail,
            "unknown event type \"reservation.held.v99\"");
  EXPECT_EQ(
      decode_data("saga.step.v1", R"({"id":"s","step":"x","outcome":"maybe"})").error().detail,
      "saga.step.v1: /outcome is not a known name");
  EXPECT_EQ(decode_data("room.retired.v1", "[]").error().detail,
            "room.retired.v1: the data is not an object");
  EXPECT_EQ(decode_data("room.retired.v1", "{").error().detail,
            "room.retired.v1: the data is not JSON");
}

TEST(CodecTest, NumbersOutOfRangeAreRefused) {
  const auto broken = decode_data("review.changed.v1", R"({"id":"rv","rating":99999999999})");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().detail, "review.changed.v1: /rating is out of range");
}

TEST(CodecTest, DeeplyNestedDataDoesNotOverflowTheStack) {
  const std::string deep =
      R"({"id":"b","x":)" + std::string(400'000, '[') + std::string(400'000, ']') + "}";
  const auto read = decode_data("blackout.removed.v1", deep);
  ASSERT_TRUE(read);
  EXPECT_EQ(std::get<ev::blackout_removed>(*read).id.str(), "b");
}

TEST(CodecTest, RecordsKeepWhoWhenAndWhere) {
  for (const auto& e : sample_journal()) {
    const auto record = encode_record(e);
    const auto back = decode_record(77, record);
    ASSERT_TRUE(back) << back.error().detail;
    EXPECT_EQ(back->position, 77u);
    EXPECT_EQ(back->shard, 0);
    EXPECT_EQ(back->offset, 0u);
    EXPECT_EQ(back->stream, e.stream);
    EXPECT_EQ(back->seq, e.seq);
    EXPECT_EQ(back->at, e.at);
    EXPECT_EQ(back->correlation, e.correlation);
    EXPECT_EQ(back->causation, e.causation);
    EXPECT_EQ(back->actor, e.actor);
    EXPECT_EQ(back->type, type_name(e.what));
    EXPECT_EQ(back->what, e.what);
  }
}

TEST(CodecTest, AnyFlippedBitIsNoticed) {
  const auto record = encode_record(sample_journal()[15]);
  // Bytes 2..11 are the shard and the offset, which the journal fills in.
  for (std::size_t byte = 0; byte != record.size(); ++byte) {
    if (byte >= 2 && byte < 12) continue;
    for (int bit = 0; bit != 8; ++bit) {
      auto damaged = record;
      damaged[byte] = static_cast<char>(damaged[byte] ^ (1 << bit));
      EXPECT_FALSE(decode_record(1, damaged)) << "byte " << byte << " bit " << bit;
    }
  }
}

TEST(CodecTest, ARecordCutAnywhereIsRefused) {
  const auto record = encode_record(sample_journal()[0]);
  for (std::size_t n = 0; n != record.size(); ++n)
    EXPECT_FALSE(decode_record(1, std::string_view(record).substr(0, n))) << n;
}

TEST(CodecTest, RandomBytesNeverCrashTheReaders) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto samples = sample_events();
  for (int round = 0; round != 20'000; ++round) {
    const auto& e = samples[random() % samples.size()];
    std::string json = encode_data(e);
    for (auto flips = 1 + random() % 4; flips != 0; --flips)
      json[random() % json.size()] = static_cast<char>(random());
    if (const auto read = decode_data(type_name(e), json)) {
      // What is still readable must be an event that can be written again.
      EXPECT_TRUE(decode_data(type_name(*read), encode_data(*read)));
    }
    std::string noise(random() % 200, '\0');
    for (auto& c : noise) c = static_cast<char>(random());
    if (!noise.empty()) noise[0] = 1;
    EXPECT_FALSE(decode_record(1, noise));
  }
}

TEST(CodecTest, TextsBeyondTheBoundsAreBugs) {
  EXPECT_THROW(encode_record(tests::any_event("", 1)), std::length_error);
  EXPECT_THROW(encode_record(tests::any_event(std::string(401, 's'), 1)), std::length_error);
  EXPECT_THROW(encode_record(tests::any_event("audit", 1, std::string(1 << 20, 'x'))),
               std::length_error);
  auto e = tests::any_event("audit", 1);
  e.actor.assign(65'536, 'a');
  EXPECT_THROW(encode_record(e), std::length_error);
}

TEST(CodecTest, AJsonLineHoldsTheWholeRecord) {
  auto stored = *decode_record(12, encode_record(sample_journal()[1]));
  rapidjson::Document line;
  line.Parse(to_json_line(stored).c_str());
  ASSERT_TRUE(line.IsObject());
  EXPECT_EQ(line["position"].GetUint64(), 12u);
  EXPECT_STREQ(line["stream"].GetString(), "room/rm_atelier");
  EXPECT_STREQ(line["at"].GetString(), "2025-11-24T16:00:01.234Z");
  EXPECT_STREQ(line["type"].GetString(), "room.registered.v1");
  EXPECT_STREQ(line["data"]["facts"]["name"].GetString(), "Nook");
}

}  // namespace
}  // namespace atrium
