#include "bench/sample_journal.hpp"

#include <chrono>
#include <semaphore>
#include <string>
#include <unordered_map>
#include <utility>

#include "persistence/codec.hpp"

namespace atrium::bench {
namespace {

using namespace std::chrono_literals;

const instant opening = std::chrono::sys_days{std::chrono::January / 4 / 2027};

class filler {
 public:
  explicit filler(journal& log) : log_(log) {}

  void add(std::string stream, event what) {
    const auto seq = ++seqs_[stream];
    batch_.push_back(
        encode_record({std::move(stream), seq, opening - 24h, "4bf92f3577b34da6a3ce929d0e0e4736",
                       "rs_cause", "ac_customer", std::move(what)}));
    ++events_;
  }
  /// Appends what was added as one batch; at most 64 batches wait.
  void append(shard_no shard) {
    slots_.acquire();
    log_.append(shard, std::exchange(batch_, {}),
                [this](const append_result&) { slots_.release(); });
  }
  std::uint64_t finish() {
    for (int i = 0; i != most_waiting; ++i) slots_.acquire();
    return events_;
  }

 private:
  static constexpr int most_waiting = 4096;
  journal& log_;
  journal::batch batch_;
  std::unordered_map<std::string, std::uint64_t> seqs_;
  std::uint64_t events_ = 0;
  std::counting_semaphore<most_waiting> slots_{most_waiting};
};

room_facts facts_of(std::size_t number) {
  room_facts f;
  f.name = "Room " + std::to_string(number);
  f.site = "Site " + std::to_string(number % 20);
  f.capacity = 8;
  f.time_zone = "Asia/Seoul";
  f.price_per_hour = {11000, "KRW"};
  return f;
}

/// The six events of a booking, with the two batches' contents in the order of serving.
void add_booking(filler& out, const room_id& room, std::size_t number, const interval& when) {
  const reservation_id id{"rs_bench" + std::to_string(number)};
  const payment_id payment{"pay_bench" + std::to_string(number)};
  const account_id customer{"ac_customer" + std::to_string(number % 100)};
  const money price{5500, "KRW"};
  const std::string saga = "saga/" + id.str();
  const std::string stream = "room/" + room.str();
  const ev::booking_request asked{room, when, 4, "Weekly sync", {"card", "pm_card_visa"}, {}};
  out.add(saga,
          ev::saga_started{saga_id{id.str()}, customer, "0123456789abcdef", asked, when.start});
  out.add(stream,
          ev::reservation_held{
              id, customer, when, 4, "Weekly sync", price, {{0, 100}}, "Asia/Seoul", payment});
  out.add(saga, ev::payment_captured{payment, id, price, customer, "card", "sandbox", "ref"});
  out.add(stream, ev::reservation_confirmed{id, when, std::nullopt});
  out.add(saga, ev::saga_completed{saga_id{id.str()}, ev::booking_result{}});
}

}  // namespace

std::uint64_t fill_journal(journal& log, std::size_t rooms, std::size_t bookings) {
  filler out(log);
  for (std::size_t n = 0; n != rooms; ++n) {
    const auto name = "rm_bench" + std::to_string(n);
    out.add("room/" + name, ev::room_registered{facts_of(n)});
    out.append(shard_of(name, log.shards()));
  }
  for (std::size_t n = 0; n != bookings; ++n) {
    const room_id room{"rm_bench" + std::to_string(n % rooms)};
    const auto start = opening + 30min * static_cast<int>(n / rooms);
    add_booking(out, room, n, {start, start + 30min});
    out.append(shard_of(room.view(), log.shards()));
  }
  return out.finish();
}

}  // namespace atrium::bench
