#include "bench/request_source.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <utility>

namespace atrium::bench {
namespace {

/// "2027-01-04T09:30:00Z" appended to `to`.
void append_instant(std::string& to, std::int64_t seconds) {
  using namespace std::chrono;
  const sys_seconds t{std::chrono::seconds{seconds}};
  const auto day = floor<days>(t);
  const year_month_day date{day};
  const hh_mm_ss time{t - day};
  std::array<char, 40> text{};
  const int n = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
      static_cast<int>(time.seconds().count()));
  to.append(text.data(), static_cast<std::size_t>(n));
}

}  // namespace

request_source::request_source(load_plan plan) : plan_(std::move(plan)), number_(plan_.first) {
  if (plan_.keys.empty()) plan_.keys.emplace_back();
  for (const auto& key : plan_.keys) {
    std::string head = "Host: " + plan_.host + "\r\n";
    if (!key.empty()) head += "Authorization: Bearer " + key + "\r\n";
    for (const auto& target : plan_.targets)
      fixed_.push_back("GET " + target + " HTTP/1.1\r\n" + head + "\r\n");
    heads_.push_back(head + "Content-Type: application/json\r\n");
  }
}

std::string_view request_source::next(std::size_t connection) {
  switch (plan_.what) {
    case load_plan::kind::fixed: {
      const auto key = connection % plan_.keys.size();
      return fixed_[key * plan_.targets.size() + number_++ % plan_.targets.size()];
    }
    case load_plan::kind::book:
      render_booking(connection);
      break;
    case load_plan::kind::register_rooms:
      render_room(connection);
      break;
  }
  ++number_;
  return out_;
}

void request_source::render_booking(std::size_t connection) {
  const auto& room = plan_.rooms[number_ % plan_.rooms.size()];
  const auto slot = static_cast<std::int64_t>(number_ / plan_.rooms.size());
  const std::int64_t start = plan_.first_slot_s + slot * plan_.slot_minutes * 60;
  body_.assign(R"({"roomId":")").append(room).append(R"(","start":")");
  append_instant(body_, start);
  body_.append(R"(","end":")");
  append_instant(body_, start + plan_.minutes * 60);
  body_.append(
      R"(","partySize":4,"title":"Weekly sync","payment":{"method":"card","token":"pm_card_visa"}})");
  render_post(connection, "/v1/reservations", body_);
}

void request_source::render_room(std::size_t connection) {
  const auto step = std::to_string(plan_.step_minutes);
  body_.assign(R"({"name":"Room )").append(std::to_string(number_));
  body_.append(R"(","site":"Site )").append(std::to_string(number_ % 20));
  body_.append(
      R"(","capacity":8,"amenities":["screen","whiteboard"],"timeZone":"Asia/Seoul","stepMinutes":)");
  body_.append(step).append(R"(,"minDurationMinutes":)").append(step);
  body_.append(R"(,"horizonDays":)").append(std::to_string(plan_.horizon_days));
  body_.append(R"(,"pricePerHour":{"amount":11000,"currency":"KRW"}})");
  render_post(connection, "/v1/rooms", body_);
}

void request_source::render_post(std::size_t connection, std::string_view target,
                                 std::string_view body) {
  out_.assign("POST ")
      .append(target)
      .append(" HTTP/1.1\r\n")
      .append(heads_[connection % heads_.size()]);
  out_.append("Idempotency-Key: ").append(plan_.tag).append("-").append(std::to_string(number_));
  out_.append("\r\nContent-Length: ")
      .append(std::to_string(body.size()))
      .append("\r\n\r\n")
      .append(body);
}

}  // namespace atrium::bench
