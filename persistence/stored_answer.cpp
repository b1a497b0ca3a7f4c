#include "persistence/stored_answer.hpp"

#include <utility>

#include "persistence/codec.hpp"
#include "persistence/stream_facts.hpp"

namespace atrium {

std::optional<reservation> read_held(const journal& log, std::uint64_t started_position) {
  // A hold that is booked is released in between.
  constexpr std::size_t most_between = 2;
  std::optional<reservation> found;
  log.read(started_position + 1, most_between, [&](std::uint64_t at, std::string_view record) {
    const auto e = decode_record(at, record);
    if (!e) return false;
    if (const auto* held = std::get_if<ev::reservation_held>(&e->what)) {
      found = reservation_of(*held, room_id{std::string(id_in(e->stream, room_streams))}, e->at);
      return false;
    }
    return std::holds_alternative<ev::hold_released>(e->what);
  });
  return found;
}

ev::booking_result booked_answer(reservation held) {
  held.status = reservation_status::confirmed;
  auto captured = held.price;
  return {std::move(held), std::move(captured)};
}

void complete(ev::saga_result& result, const journal& log, std::uint64_t started_position) {
  auto* booking = std::get_if<ev::booking_result>(&result);
  if (booking == nullptr || !booking->booked.id.empty()) return;
  if (auto held = read_held(log, started_position)) *booking = booked_answer(std::move(*held));
}

}  // namespace atrium
