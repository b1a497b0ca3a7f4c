#pragma once

#include <rapidjson/document.h>

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/codec.hpp"
#include "persistence/view_impl.hpp"

namespace atrium::test {

/// A directory of its own that goes when the test ends.
class temporary_dir {
 public:
  temporary_dir();
  ~temporary_dir();
  temporary_dir(const temporary_dir&) = delete;
  temporary_dir& operator=(const temporary_dir&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Monday 2026-11-23 00:00 UTC plus hours and minutes.
instant at_hour(int hours, int minutes = 0);
interval hours(int from, int to);

/// Numbers events as a journal does.
class script {
 public:
  void add(std::string stream, event what, instant at = at_hour(0));

  /// A room in UTC, 24/7, in steps of 15 minutes, KRW 10,000 an hour.
  static room_facts plain_room(std::string name, std::string site = "Seoul");
  void room(const std::string& id, const room_facts& facts);
  void account(const std::string& id, const std::string& name);

  // The batches that sagas write.
  void hold(const std::string& room, const std::string& id, const std::string& customer,
            interval when);
  void held(const std::string& room, const std::string& id, const std::string& customer,
            interval when, std::string title = "Standup");
  void confirmed(const std::string& room, const std::string& id, interval when);
  void booked(const std::string& room, const std::string& id, const std::string& customer,
              interval when, std::string title = "Standup");
  void declined(const std::string& room, const std::string& id, const std::string& customer,
                interval when);
  void cancelled(const std::string& room, const std::string& id, interval when,
                 std::int64_t refund);
  void refunded(const std::string& id, std::int64_t amount);

  const std::vector<stored_event>& events() const { return events_; }

 private:
  std::vector<stored_event> events_;
  std::map<std::string, std::uint64_t> seqs_;
};

/// Views in a directory of their own, fed from a script.
class fed_views {
 public:
  fed_views();

  view::lmdb_views& operator*() { return *views_; }
  view::lmdb_views* operator->() { return views_.get(); }

  /// Applies everything of the script that is new, in one transaction.
  void follow(const script& s) { follow(s.events(), s.events().size()); }
  void follow(std::span<const stored_event> events, std::uint64_t position);
  /// Closes and opens the store again.
  void reopen();

  /// All rows of all tables, as "table|key|value" bytes.
  std::vector<std::string> dump();

 private:
  temporary_dir dir_;
  std::unique_ptr<view::lmdb_views> views_;
};

std::unique_ptr<view::lmdb_views> open_views(const std::filesystem::path& dir);

/// The first row that one dump has and the other has not; "" when they are equal.
std::string first_difference(const std::vector<std::string>& a, const std::vector<std::string>& b);

rapidjson::Document parse(const std::string& json);

}  // namespace atrium::test
