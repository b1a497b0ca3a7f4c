#include "app/demo.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

#include "app/demo_office.hpp"
#include "domain/account.hpp"
#include "domain/review.hpp"
#include "domain/room_book.hpp"

namespace atrium::demo {
namespace {

/// The command port with the real domain behind it, but no journal and no actors.
class small_desk final : public command_port {
 public:
  explicit small_desk(const clock_port& clock) : clock_(clock) {}

  void submit(start_saga request, command_context ctx, completion<saga_answer> done) override {
    auto [known, is_new] = answers_.try_emplace(request.id);
    if (is_new) known->second = run_saga(request, ctx.principal);
    done(known->second);
  }

  void execute(entity_task task, command_context, completion<entity_answer> done) override {
    const auto refusal = std::visit([this](const auto& t) { return run(t); }, task);
    if (refusal) return done(*refusal);
    done(entity_answer{});
  }

  void retire_room(room_id, std::uint64_t, bool, command_context,
                   completion<retire_answer>) override {
    ADD_FAILURE() << "the office retires no room";
  }
  void notice(payment_notice) override {}
  void instruct(saga_instruction, command_context, completion<saga_info>) override {
    ADD_FAILURE() << "the demonstration office instructs no saga";
  }
  desk_census census() const override { return {}; }
  std::vector<actor_info> actors(std::size_t) const override { return {}; }
  std::vector<saga_info> sagas(std::size_t) const override { return {}; }
  std::size_t in_flight() const override { return 0; }

  std::uint64_t events = 0;
  int declined = 0, cancelled = 0;
  std::map<room_id, std::pair<room_book, std::uint64_t>> rooms_;
  std::map<account_id, std::pair<account, std::uint64_t>> accounts_;
  std::map<reservation_id, std::pair<review, std::uint64_t>> reviews_;
  std::vector<std::string> key_hashes;

 private:
  using refusal = std::optional<failure>;

  template <class Map, class Id, class Command>
  refusal apply(Map& entities, const Id& id, const Command& command) {
    auto& [entity, seq] = entities[id];
    const auto decided = entity.decide(command, clock_.now());
    if (!decided) return decided.error();
    for (const auto& e : *decided) {
      entity.apply(e, clock_.now(), ++seq);
      ++events;
      if (const auto* key = std::get_if<ev::api_key_created>(&e))
        key_hashes.push_back(key->secret_hash);
    }
    return std::nullopt;
  }
  saga_answer run_saga(const start_saga& request, const account_id& by) {
    saga_answer answer;
    refusal why;
    if (const auto* b = std::get_if<ev::booking_request>(&request.input)) {
      why = book(reservation_id(request.id.str()), by, *b);
      answer.result = ev::booking_result{};
    } else {
      const auto& c = std::get<ev::cancel_request>(request.input);
      cmd::cancel cancel;
      cancel.id = c.reservation;
      cancel.by = by;
      why = apply(rooms_, c.room, cancel);
      if (!why) ++cancelled;
      answer.result = ev::cancel_result{};
    }
    if (why) answer.result = *why;
    return answer;
  }
  refusal run(const room_task& t) {
    rooms_.try_emplace(t.room, room_book(t.room), 0);
    return apply(rooms_, t.room, t.command);
  }
  refusal run(const account_task& t) {
    accounts_.try_emplace(t.account, account(t.account), 0);
    return apply(accounts_, t.account, t.command);
  }
  refusal run(const review_task& t) { return apply(reviews_, t.reservation, t.command); }
  refusal run(const read_mark_task&) { return std::nullopt; }
  refusal run(const audit_task&) { return std::nullopt; }

  refusal book(const reservation_id& id, const account_id& by, const ev::booking_request& b) {
    cmd::hold_slot hold;
    hold.id = id;
    hold.customer = by;
    hold.when = b.when;
    hold.party_size = b.party_size;
    hold.title = b.title;
    if (auto why = apply(rooms_, b.room, hold)) return why;
    if (b.payment.token.find("Declined") == std::string::npos)
      return apply(rooms_, b.room, cmd::confirm{id});
    ++declined;
    apply(rooms_, b.room, cmd::release_slot{id, reservation_status::payment_failed});
    return failure{ec::payment_declined, "declined"};
  }

  std::map<saga_id, saga_answer> answers_;
  const clock_port& clock_;
};

class fixed_clock final : public clock_port {
 public:
  instant now() const override { return now_; }
  instant now_ = *parse_instant("2026-11-23T03:07:12Z");
};

class DemoTest : public testing::Test {
 protected:
  DemoTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "atrium-XXXXXX").string();
    where_ = layout_of(::mkdtemp(pattern.data()));
  }
  ~DemoTest() override { std::filesystem::remove_all(where_.root); }

  filled fill(small_desk& desk) {
    auto done = demo::fill(
        desk, [](std::string_view key) { return "hash of " + std::string(key); }, where_, clock_);
    EXPECT_TRUE(done) << done.error().detail;
    return done ? *done : filled{};
  }

  data_layout where_;
  fixed_clock clock_;
};

TEST_F(DemoTest, TheOfficeIsFilledWithoutARefusal) {
  small_desk desk(clock_);
  const auto done = fill(desk);
  EXPECT_EQ(done.refused, std::vector<std::string>{});
  EXPECT_EQ(done.rooms, 12u);
  EXPECT_GT(done.bookings, 60u);
  EXPECT_GE(done.reviews, 5u);
  EXPECT_EQ(done.keys.size(), 2u);
  EXPECT_EQ(desk.rooms_.size(), 12u);
  EXPECT_EQ(desk.accounts_.size(), people().size());
  EXPECT_EQ(desk.reviews_.size(), done.reviews);
  EXPECT_EQ(desk.declined, 1);
  EXPECT_GT(desk.cancelled, 0);
  ASSERT_EQ(desk.key_hashes.size(), 2u);
  for (const auto& [name, key] : done.keys)
    EXPECT_EQ(std::count(desk.key_hashes.begin(), desk.key_hashes.end(), "hash of " + key), 1)
        << name;
}

TEST_F(DemoTest, TheSecondStartDoesNothingAndShowsTheSameKeys) {
  small_desk desk(clock_);
  const auto first = fill(desk);
  const auto events = desk.events;
  clock_.now_ += std::chrono::hours(30);
  const auto second = fill(desk);
  EXPECT_EQ(desk.events, events);
  EXPECT_EQ(second.keys, first.keys);
}

TEST_F(DemoTest, AStartAfterACrashInTheMiddleAddsWhatIsMissing) {
  small_desk desk(clock_);
  const auto first = fill(desk);
  const auto events = desk.events;
  // As if the process had died before it could note that it was done.
  auto text = std::string();
  {
    std::ifstream in(where_.demo);
    text.assign(std::istreambuf_iterator<char>(in), {});
  }
  text.replace(text.find("filled yes"), 10, "filled no");
  ASSERT_TRUE(write_private_file(where_.demo, text));
  clock_.now_ += std::chrono::seconds(20);
  const auto second = fill(desk);
  EXPECT_EQ(desk.events, events);
  EXPECT_EQ(second.keys, first.keys);
  EXPECT_EQ(second.bookings, first.bookings);
}

TEST_F(DemoTest, TheFileWithTheKeysIsPrivate) {
  small_desk desk(clock_);
  fill(desk);
  const auto mode = std::filesystem::status(where_.demo).permissions();
  EXPECT_EQ(mode & std::filesystem::perms(077), std::filesystem::perms::none);
}

}  // namespace
}  // namespace atrium::demo
