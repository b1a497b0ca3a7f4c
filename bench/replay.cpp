/// Replay speed: reading, decoding and applying a journal to rooms in memory, as recovery does, and
/// the follower's catch-up of the derived stores from nothing.
#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>

#include "bench/sample_journal.hpp"
#include "domain/room_book.hpp"
#include "persistence/follower.hpp"
#include "persistence/lmdb_journal.hpp"
#include "persistence/lmdb_stream_index.hpp"
#include "persistence/views.hpp"

namespace {

using namespace atrium;

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

template <class T>
T must(result<T> r) {
  if (r) return std::move(*r);
  std::fprintf(stderr, "%s\n", r.error().detail.c_str());
  std::exit(1);
}

/// Visits every record of the journal once, in order, in reads of a bounded length.
template <class F>
void for_each_record(const journal& log, F&& visit) {
  std::uint64_t from = 1;
  while (from <= log.durable_position()) {
    log.read(from, 10000, [&](std::uint64_t position, std::string_view record) {
      visit(position, record);
      from = position + 1;
      return true;
    });
  }
}

double decode_and_apply(const journal& log, std::uint64_t& events) {
  std::unordered_map<std::string, room_book> rooms;
  const auto begin = std::chrono::steady_clock::now();
  for_each_record(log, [&](std::uint64_t position, std::string_view record) {
    const auto e = must(decode_record(position, record));
    ++events;
    if (!e.stream.starts_with("room/")) return;
    const auto [it, is_new] = rooms.try_emplace(e.stream);
    if (is_new) it->second = room_book(room_id{e.stream.substr(5)});
    it->second.apply(e.what, e.at, e.seq);
  });
  return seconds_since(begin);
}

/// Recovery of rooms alone: heads are read of every record, data only of the rooms' own.
double recover_rooms(const journal& log, std::uint64_t& events) {
  std::unordered_map<std::string, room_book> rooms;
  const auto begin = std::chrono::steady_clock::now();
  for_each_record(log, [&](std::uint64_t, std::string_view record) {
    const auto head = must(decode_head(record));
    ++events;
    if (!head.stream.starts_with("room/")) return;
    const auto [it, is_new] = rooms.try_emplace(std::string(head.stream));
    if (is_new) it->second = room_book(room_id{std::string(head.stream.substr(5))});
    it->second.apply(must(decode_data(head.type, head.data)), head.at, head.seq);
  });
  return seconds_since(begin);
}

double catch_up(const journal& log, const std::filesystem::path& dir) {
  const auto begin = std::chrono::steady_clock::now();
  auto index = must(lmdb_stream_index::open(dir / "index", log));
  views::options o;
  o.dir = dir / "views";
  auto read_model = must(views::open(o));
  follower all(log, {&index->as_projection(), &read_model->as_projection()});
  all.catch_up();
  return seconds_since(begin);
}

}  // namespace

int main(int argc, char** argv) {
  std::string dir = "replay-data";
  std::size_t bookings = 50000, rooms = 1000;
  CLI::App app("Replay speed of the journal");
  app.add_option("--dir", dir, "made, must not exist");
  app.add_option("--bookings", bookings);
  app.add_option("--rooms", rooms);
  CLI11_PARSE(app, argc, argv);
  const std::filesystem::path base(dir);
  lmdb_journal_options o;
  o.dir = base / "journal";
  std::filesystem::create_directories(base);
  auto log = must(lmdb_journal::open(o));
  const auto events = bench::fill_journal(*log, rooms, bookings);
  std::uint64_t decoded = 0, recovered = 0;
  const double full_s = decode_and_apply(*log, decoded);
  const double rooms_s = recover_rooms(*log, recovered);
  const double follow_s = catch_up(*log, base);
  const auto rate = [&](double s) { return static_cast<double>(events) / s; };
  std::printf(
      "{\"events\":%llu,\"decode_apply_per_s\":%.0f,\"recover_rooms_per_s\":%.0f,\"follower_per_"
      "s\":%.0f}\n",
      static_cast<unsigned long long>(events), rate(full_s), rate(rooms_s), rate(follow_s));
  log->close();
  return decoded == events && recovered == events ? 0 : 1;
}
