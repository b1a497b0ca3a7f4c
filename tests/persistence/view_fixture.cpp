#include "tests/persistence/view_fixture.hpp"

#include <algorithm>
#include <stdexcept>
#include <stdlib.h>

namespace atrium::test {

using namespace std::chrono_literals;

temporary_dir::temporary_dir() {
  std::string name = (std::filesystem::temp_directory_path() / "atrium-views-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
  path_ = name;
}

temporary_dir::~temporary_dir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

instant at_hour(int hours, int minutes) {
  const auto monday = std::chrono::sys_days{std::chrono::year{2026} / 11 / 23};
  return instant{monday} + std::chrono::hours{hours} + std::chrono::minutes{minutes};
}

interval hours(int from, int to) {
  return {at_hour(from), at_hour(to)};
}

// ---- script ------------------------------------------------------------------------------------

void script::add(std::string stream, event what, instant at) {
  stored_event e;
  e.position = e.offset = events_.size() + 1;
  e.seq = ++seqs_[stream];
  e.stream = std::move(stream);
  e.at = at;
  e.actor = "engine";
  e.type = type_name(what);
  e.what = std::move(what);
  events_.push_back(std::move(e));
}

room_facts script::plain_room(std::string name, std::string site) {
  room_facts f;
  f.name = std::move(name);
  f.site = std::move(site);
  f.capacity = 6;
  f.time_zone = "UTC";
  f.price_per_hour = {10'000, "KRW"};
  f.cancellation = {{24, 100}, {1, 50}};
  return f;
}

void script::room(const std::string& id, const room_facts& facts) {
  add("room/" + id, ev::room_registered{facts});
}

void script::account(const std::string& id, const std::string& name) {
  add("account/" + id, ev::account_created{{name, id + "@example.com", ev::role::customer, "en"}});
}

void script::hold(const std::string& room, const std::string& id, const std::string& customer,
                  interval when) {
  ev::hold_placed v;
  v.id = hold_id(id);
  v.customer = account_id(customer);
  v.when = when;
  v.party_size = 2;
  v.price = {10'000, "KRW"};
  v.expires_at = when.start - 1min;
  add("room/" + room, v);
}

void script::held(const std::string& room, const std::string& id, const std::string& customer,
                  interval when, std::string title) {
  ev::saga_started started;
  started.id = saga_id(id);
  started.principal = account_id(customer);
  add("saga/" + id, started);
  ev::reservation_held v;
  v.id = reservation_id(id);
  v.customer = account_id(customer);
  v.when = when;
  v.party_size = 4;
  v.title = std::move(title);
  v.price = {20'000, "KRW"};
  v.policy = {{24, 100}, {1, 50}};
  v.time_zone = "UTC";
  v.payment = payment_id("pay_" + id);
  add("room/" + room, v);
}

void script::confirmed(const std::string& room, const std::string& id, interval when) {
  const payment_id payment("pay_" + id);
  const reservation_id booking(id);
  const money price{20'000, "KRW"};
  add("saga/" + id, ev::payment_authorized{payment, booking, account_id("ac_1"), price, "card",
                                           "sandbox", "ref_" + id});
  add("saga/" + id, ev::payment_captured{payment, booking, price});
  add("room/" + room, ev::reservation_confirmed{booking, when, std::nullopt});
  ev::booking_result result;
  result.booked.id = booking;
  add("saga/" + id, ev::saga_completed{saga_id(id), result});
}

void script::booked(const std::string& room, const std::string& id, const std::string& customer,
                    interval when, std::string title) {
  held(room, id, customer, when, std::move(title));
  confirmed(room, id, when);
}

void script::declined(const std::string& room, const std::string& id, const std::string& customer,
                      interval when) {
  held(room, id, customer, when);
  add("saga/" + id,
      ev::payment_declined{payment_id("pay_" + id), reservation_id(id), account_id(customer),
                           money{20'000, "KRW"}, "card", "sandbox", "insufficient_funds"});
  add("room/" + room,
      ev::reservation_released{reservation_id(id), reservation_status::payment_failed, when});
  failure no;
  no.code = ec::payment_declined;
  add("saga/" + id, ev::saga_completed{saga_id(id), no});
}

void script::cancelled(const std::string& room, const std::string& id, interval when,
                       std::int64_t refund) {
  ev::reservation_cancelled v;
  v.id = reservation_id(id);
  v.when = when;
  v.by = account_id("ac_1");
  v.reason = "plans changed";
  v.refund = {refund, "KRW"};
  v.fee = {20'000 - refund, "KRW"};
  v.payment = payment_id("pay_" + id);
  add("room/" + room, v);
  events_.back().causation = "cancel_" + id;
}

void script::refunded(const std::string& id, std::int64_t amount) {
  add("saga/cancel_" + id,
      ev::payment_refunded{payment_id("pay_" + id), reservation_id(id), money{amount, "KRW"}});
}

// ---- views -------------------------------------------------------------------------------------

std::unique_ptr<view::lmdb_views> open_views(const std::filesystem::path& dir) {
  derived_options o;
  o.dir = dir;
  o.name = "views";
  o.schema_version = view::view_format;
  o.durable_position = UINT64_MAX;
  o.map_size_mb = 16;
  auto env = derived_env::open(o);
  if (!env) throw std::runtime_error(env.error().detail);
  return std::make_unique<view::lmdb_views>(std::move(*env));
}

fed_views::fed_views() : views_(open_views(dir_.path())) {}

void fed_views::follow(std::span<const stored_event> events, std::uint64_t position) {
  projection& p = views_->as_projection();
  p.begin();
  for (const stored_event& e : events) p.apply(e);
  p.commit(position);
}

void fed_views::reopen() {
  views_->close();
  views_.reset();
  views_ = open_views(dir_.path());
}

std::vector<std::string> fed_views::dump() {
  std::vector<std::string> rows;
  const view::view_store& store = views_->store();
  const lmdb::read_txn txn(store.env().env());
  for (std::size_t i = 0; i < view::table_count; ++i) {
    const auto t = static_cast<view::in>(i);
    lmdb::cursor c(txn, store.table(t));
    for (bool on = c.first(); on; on = c.next())
      rows.push_back(std::string(view::table_name(t)) + "|" + std::string(c.key()) + "|" +
                     std::string(c.value()));
  }
  return rows;
}

std::string first_difference(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (in_a != a.end()) return *in_a;
  return in_b != b.end() ? *in_b : std::string();
}

rapidjson::Document parse(const std::string& json) {
  rapidjson::Document d;
  d.Parse(json.data(), json.size());
  if (d.HasParseError()) throw std::runtime_error("not JSON: " + json);
  return d;
}

}  // namespace atrium::test
