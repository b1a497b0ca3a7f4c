#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "http/api_context.hpp"
#include "http/credentials.hpp"
#include "http/gate.hpp"
#include "http/json.hpp"
#include "http/live_feed.hpp"
#include "tests/http/api_desk.hpp"

namespace atrium::test {

using header_list = std::vector<std::pair<std::string, std::string>>;

/// An event stream that keeps what it was sent.
struct recorded_stream final : http::event_stream {
  struct sent {
    std::string id, event, data;
  };
  bool send(std::string_view id, std::string_view event, std::string_view data) override;
  bool open() const override;
  void on_close(std::function<void()>) override {}
  void close();
  std::vector<sent> all() const;
  /// Waits until `n` events have come; false when they have not within 10 s.
  bool wait_for(std::size_t n) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable came_;
  std::vector<sent> sent_;
  bool open_ = true;
};

/// A responder that keeps the answer and its timers.
struct recorded_answer final : http::responder {
  std::optional<http::response> answer;
  int answers = 0;
  std::shared_ptr<recorded_stream> streamed;
  std::vector<std::pair<std::chrono::milliseconds, std::function<void()>>> timers;

  void send(http::response r) override;
  std::shared_ptr<http::event_stream> stream() override;
  void after(std::chrono::milliseconds delay, std::function<void()> f) override;
  /// Runs the timers with at most this delay, in order, until the answer is there.
  void pass(std::chrono::milliseconds time);
};

/// The whole API on a journal in memory, real views and the real gate, without sockets and actors.
class ApiTest : public ::testing::Test {
 protected:
  ApiTest();
  ~ApiTest() override;

  enum class who { anonymous, customer, other, op, admin };

  /// Sends a request through the gate and answers with what came; fails the test when nothing did.
  http::response call(who as, std::string method, const std::string& target, std::string body = {},
                      header_list headers = {});
  /// The same without waiting for the answer.
  std::shared_ptr<recorded_answer> start(who as, std::string method, const std::string& target,
                                         std::string body = {}, header_list headers = {});
  http::response post(who as, const std::string& target, std::string body, std::string key = {});

  /// A room, open 24/7, in steps of 15 minutes, KRW 11,000 an hour, for 8 persons.
  std::string make_room(const std::string& extra = {});
  /// Booking of [hour, hour + 1) tomorrow; returns its id.
  std::string make_booking(who as, const std::string& room, int hour, const std::string& key);
  std::string booking_body(const std::string& room, int hour,
                           const std::string& token = "pm_card_visa");

  /// Lets views apply what is durable.
  void follow();
  bool views_paused = false;

  /// Another gate, with limits on requests; steady_now is its time.
  void open_gate(http::gate::limits limits);
  std::chrono::steady_clock::time_point steady_now{std::chrono::hours(1)};

  static std::string header(const http::response& r, std::string_view name);
  /// The value at an RFC 6901 pointer as text ("null", numbers and text as they are); fails on
  /// none.
  static std::string at(const http::response& r, const std::string& pointer);
  std::string key_of(who as) const;
  static std::string account_of(who as);

  manual_clock clock;
  memory_journal log;
  memory_stream_index index{log};
  std::filesystem::path dir;
  std::unique_ptr<views> read;
  api_desk desk{log, index, clock};
  std::unique_ptr<http::credentials> keys;
  std::unique_ptr<http::live_feed> feed;
  std::unique_ptr<http::api_context> context;
  std::unique_ptr<http::gate> gate;

 private:
  void make_people();
  std::map<who, std::string> secrets_;
};

}  // namespace atrium::test
