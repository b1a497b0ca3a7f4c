#include "tests/http/api_fixture.hpp"

#include <sodium.h>

#include <condition_variable>
#include <stdlib.h>

#include "http/target.hpp"

namespace atrium::test {
namespace {

http::verb verb_of(const std::string& method) {
  if (method == "GET") return http::verb::get;
  if (method == "POST") return http::verb::post;
  if (method == "PATCH") return http::verb::patch;
  if (method == "DELETE") return http::verb::delete_;
  throw std::invalid_argument(method);
}

std::filesystem::path make_dir() {
  auto name = (std::filesystem::temp_directory_path() / "atrium-api-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  return name;
}

void split_query_text(std::string_view text, http::request& r) {
  while (!text.empty()) {
    const auto amp = text.find('&');
    const auto pair = text.substr(0, amp);
    const auto eq = pair.find('=');
    r.query.emplace_back(pair.substr(0, eq),
                         eq == std::string_view::npos ? std::string_view{} : pair.substr(eq + 1));
    text = amp == std::string_view::npos ? std::string_view{} : text.substr(amp + 1);
  }
}

constexpr std::string_view admin_secret = "a-long-enough-admin-key-for-tests";

}  // namespace

bool recorded_stream::send(std::string_view id, std::string_view event, std::string_view data) {
  const std::lock_guard lock(mutex_);
  if (!open_) return false;
  sent_.push_back({std::string(id), std::string(event), std::string(data)});
  came_.notify_all();
  return true;
}
bool recorded_stream::open() const {
  const std::lock_guard lock(mutex_);
  return open_;
}
void recorded_stream::close() {
  const std::lock_guard lock(mutex_);
  open_ = false;
}
std::vector<recorded_stream::sent> recorded_stream::all() const {
  const std::lock_guard lock(mutex_);
  return sent_;
}
bool recorded_stream::wait_for(std::size_t n) const {
  std::unique_lock lock(mutex_);
  return came_.wait_for(lock, std::chrono::seconds(10), [&] { return sent_.size() >= n; });
}

void recorded_answer::send(http::response r) {
  ++answers;
  answer = std::move(r);
  // As a session does: what waits for a time goes with the answer.
  const auto cancelled = std::exchange(timers, {});
}
std::shared_ptr<http::event_stream> recorded_answer::stream() {
  streamed = std::make_shared<recorded_stream>();
  return streamed;
}
void recorded_answer::after(std::chrono::milliseconds delay, std::function<void()> f) {
  timers.emplace_back(delay, std::move(f));
}
void recorded_answer::pass(std::chrono::milliseconds time) {
  for (std::size_t i = 0; i < timers.size() && !answer; ++i)
    if (timers[i].first <= time)
      if (auto f = std::exchange(timers[i].second, nullptr)) f();
}

ApiTest::ApiTest() : dir(make_dir()) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium does not start");
  clock.t = *parse_instant("2026-11-23T00:00:00Z");
  read = std::move(views::open({.dir = dir})).value();
  desk.after_write = [this] { follow(); };
  keys = std::make_unique<http::credentials>(*read, clock, http::key_pepper{1, 2, 3}, admin_secret);
  feed = std::make_unique<http::live_feed>(
      *read, log, http::live_feed::options{.board_pause = std::chrono::milliseconds(1)});
  context = std::make_unique<http::api_context>(http::api_context{
      desk, *read, index, log, clock, *keys, *feed, "0.1.0", clock.t, {}, {}, {}, {}, {}, {}, {}});
  open_gate({});
  make_people();
}

void ApiTest::open_gate(http::gate::limits limits) {
  gate = std::make_unique<http::gate>(
      http::api_routes(*context),
      [this](std::string_view authorization, const http::may_cost& costly) {
        return keys->authenticate(authorization, costly);
      },
      limits);
}

ApiTest::~ApiTest() {
  feed->stop();
  read.reset();
  std::error_code ignored;
  std::filesystem::remove_all(dir, ignored);
}

std::string ApiTest::account_of(who as) {
  switch (as) {
    case who::customer:
      return "acc_customer";
    case who::other:
      return "acc_other";
    case who::op:
      return "acc_operator";
    case who::admin:
      return "acc_admin";
    case who::anonymous:
      break;
  }
  return {};
}

std::string ApiTest::key_of(who as) const {
  return as == who::admin ? std::string(admin_secret) : secrets_.at(as);
}

void ApiTest::make_people() {
  const command_context ctx{account_id("acc_admin"), "", {}};
  const auto done = [](result<entity_answer> a) { ASSERT_TRUE(a) << a.error().detail; };
  for (const auto as : {who::customer, who::other, who::op}) {
    const account_id id(account_of(as));
    const ev::account_facts facts{account_of(as), account_of(as) + "@example.org",
                                  as == who::op ? ev::role::operator_ : ev::role::customer, "en"};
    desk.execute(account_task{id, cmd::create_account{facts}}, ctx, done);
    const auto made = http::make_api_key();
    secrets_[as] = made.secret;
    desk.execute(
        account_task{id, cmd::create_key{made.id, "test", {}, keys->hash(made.secret), {}}}, ctx,
        done);
  }
}

void ApiTest::follow() {
  if (views_paused) return;
  auto& p = read->as_projection();
  const auto from = p.position();
  p.begin();
  for (const auto& e : log.events())
    if (e.position > from) p.apply(e);
  p.commit(log.durable_position());
}

std::shared_ptr<recorded_answer> ApiTest::start(who as, std::string method,
                                                const std::string& target, std::string body,
                                                header_list headers) {
  auto r = std::make_shared<http::request>();
  r->method = verb_of(method);
  r->target = target;
  const auto question = target.find('?');
  r->path = target.substr(0, question);
  if (question != std::string::npos)
    split_query_text(std::string_view(target).substr(question + 1), *r);
  r->headers = std::move(headers);
  if (as != who::anonymous) r->headers.emplace_back("authorization", "Bearer " + key_of(as));
  if (!body.empty() && r->header("content-type").empty())
    r->headers.emplace_back("content-type", "application/json");
  r->body = std::move(body);
  r->trace_id = std::string(32, 'a');
  auto out = std::make_shared<recorded_answer>();
  auto admitted = gate->admit(*r, "127.0.0.1", steady_now);
  if (admitted.refusal)
    out->send(std::move(*admitted.refusal));
  else
    gate->routes()[admitted.route].handle(r, out);
  return out;
}

http::response ApiTest::call(who as, std::string method, const std::string& target,
                             std::string body, header_list headers) {
  const auto out = start(as, std::move(method), target, std::move(body), std::move(headers));
  out->pass(std::chrono::milliseconds(0));
  EXPECT_EQ(out->answers, 1) << target;
  return out->answer.value_or(http::response{.status = 0});
}

http::response ApiTest::post(who as, const std::string& target, std::string body, std::string key) {
  header_list headers;
  if (!key.empty()) headers.emplace_back("idempotency-key", std::move(key));
  return call(as, "POST", target, std::move(body), std::move(headers));
}

std::string ApiTest::make_room(const std::string& extra) {
  const auto r = post(who::op, "/v1/rooms",
                      R"({"name":"Hall","capacity":8,"timeZone":"Asia/Seoul",)"
                      R"("pricePerHour":{"amount":11000,"currency":"KRW"})" +
                          extra + "}");
  EXPECT_EQ(r.status, 201) << r.body;
  return at(r, "/id");
}

std::string ApiTest::booking_body(const std::string& room, int hour, const std::string& token) {
  const auto day = *parse_instant("2026-11-24T00:00:00Z");
  const auto text = [&](int h) { return format_instant(day + std::chrono::hours(h)); };
  return R"({"roomId":")" + room + R"(","start":")" + text(hour) + R"(","end":")" + text(hour + 1) +
         R"(","partySize":4,"title":"Stand-up","payment":{"method":"card","token":")" + token +
         R"("}})";
}

std::string ApiTest::make_booking(who as, const std::string& room, int hour,
                                  const std::string& key) {
  const auto r = post(as, "/v1/reservations", booking_body(room, hour), key);
  EXPECT_EQ(r.status, 201) << r.body;
  return at(r, "/id");
}

std::string ApiTest::header(const http::response& r, std::string_view name) {
  for (const auto& [key, value] : r.headers)
    if (key == name) return value;
  return {};
}

std::string ApiTest::at(const http::response& r, const std::string& pointer) {
  const auto doc = http::json_document::parse(r.body);
  if (!doc) {
    ADD_FAILURE() << doc.error().detail << "\n" << r.body;
    return {};
  }
  auto v = doc->root();
  for (std::size_t from = 1; from < pointer.size() + 1 && !pointer.empty();) {
    const auto slash = std::min(pointer.find('/', from), pointer.size());
    const auto token = pointer.substr(from, slash - from);
    from = slash + 1;
    if (v.type() == http::json_value::kind::array) {
      const auto i = static_cast<std::size_t>(std::stoul(token));
      if (i >= v.size()) return "(none)";
      v = v.at(i);
    } else {
      const auto found = v.type() == http::json_value::kind::object ? v.find(token) : std::nullopt;
      if (!found) return "(none)";
      v = *found;
    }
  }
  using kind = http::json_value::kind;
  switch (v.type()) {
    case kind::string:
      return std::string(v.text());
    case kind::integer:
      return std::to_string(v.integer());
    case kind::fraction:
      return std::to_string(v.number());
    case kind::boolean:
      return v.boolean() ? "true" : "false";
    case kind::null:
      return "null";
    case kind::array:
      return "array of " + std::to_string(v.size());
    case kind::object:
      return "object";
  }
  return {};
}

}  // namespace atrium::test
