#include "app/demo_office.hpp"

namespace atrium::demo {
namespace {

constexpr std::array<bool, 7> work_days = {true, true, true, true, true, false, false};

room_facts room(std::string name, int capacity, std::vector<std::string> amenities,
                std::string description) {
  room_facts f;
  f.name = std::move(name);
  f.capacity = capacity;
  f.amenities = std::move(amenities);
  f.description = std::move(description);
  return f;
}

room_facts in_seoul(room_facts f, std::int64_t won) {
  f.site = "Seoul Gangnam";
  f.time_zone = "Asia/Seoul";
  f.price_per_hour = {won, "KRW"};
  f.cancellation = {{24, 100}, {1, 50}};
  return f;
}

room_facts in_berlin(room_facts f, std::int64_t cents) {
  f.site = "Berlin Mitte";
  f.time_zone = "Europe/Berlin";
  f.price_per_hour = {cents, "EUR"};
  f.cancellation = {{48, 100}, {12, 50}};
  return f;
}

/// A large room: a work day's opening hours, longer slots, time to tidy up.
room_facts seminar(room_facts f, int open_minute, int close_minute) {
  f.opening_hours = {{work_days, open_minute, close_minute}};
  f.step_minutes = 30;
  f.min_duration_minutes = 60;
  f.max_duration_minutes = 480;
  f.buffer_minutes = 15;
  return f;
}

office_room named(const char* id, room_facts f) {
  return {room_id(id), std::move(f)};
}

}  // namespace

std::vector<person> people() {
  using ev::role;
  return {
      // The first key is the one to try: its owner reads English.
      {account_id("acc_demo_jonas"),
       {"Jonas Weber", "jonas@example.com", role::customer, "en"},
       true},
      {account_id("acc_demo_mina"),
       {"김민아 Mina Kim", "mina@example.com", role::customer, "ko"},
       true},
      {account_id("acc_demo_seojun"),
       {"이서준 Seojun Lee", "seojun@example.com", role::customer, "ko"}},
      {account_id("acc_demo_hayun"),
       {"박하윤 Hayun Park", "hayun@example.com", role::customer, "ko"}},
      {account_id("acc_demo_clara"), {"Clara Fischer", "clara@example.com", role::customer, "en"}},
      {account_id("acc_demo_emre"), {"Emre Yilmaz", "emre@example.com", role::customer, "en"}},
  };
}

std::vector<office_room> rooms() {
  return {
      named("rm_demo_hangang",
            in_seoul(room("한강 Hangang", 12, {"screen", "video", "whiteboard"},
                          "Corner room with a view of the river, for teams that present."),
                     33000)),
      named("rm_demo_namsan", in_seoul(room("남산 Namsan", 8, {"screen", "whiteboard"},
                                            "Quiet meeting room on the hill side."),
                                       22000)),
      named("rm_demo_bukchon", in_seoul(room("북촌 Bukchon", 6, {"whiteboard", "tea"},
                                             "Low table and floor cushions; shoes stay outside."),
                                        18000)),
      named("rm_demo_seongsu", in_seoul(room("성수 Seongsu", 4, {"screen"},
                                             "Small workshop room with tools and a large desk."),
                                        15000)),
      named(
          "rm_demo_jeju",
          in_seoul(room("제주 Jeju booth", 1, {"phone"}, "Sound-proof booth for one call."), 8000)),
      named("rm_demo_sejong",
            seminar(in_seoul(room("세종 Sejong hall", 40, {"screen", "video", "microphone"},
                                  "Hall for seminars with rows or round tables."),
                             88000),
                    8 * 60, 22 * 60)),
      named("rm_demo_spree", in_berlin(room("Spree", 10, {"screen", "video", "whiteboard"},
                                            "Bright room on the water."),
                                       4500)),
      named("rm_demo_tiergarten", in_berlin(room("Tiergarten", 6, {"screen", "plants"},
                                                 "Between the plants; good for long talks."),
                                            3200)),
      named("rm_demo_linden", in_berlin(room("Unter den Linden", 4, {"whiteboard"},
                                             "Four chairs, one wall to write on."),
                                        2400)),
      named("rm_demo_kreuzberg",
            in_berlin(room("Kreuzberg", 8, {"screen", "coffee"}, "Has the good coffee machine."),
                      2990)),
      named("rm_demo_zelle",
            in_berlin(room("Telefonzelle", 1, {"phone"}, "One person, one phone."), 900)),
      named("rm_demo_humboldt",
            seminar(in_berlin(room("Humboldt hall", 30, {"screen", "video", "microphone"},
                                   "Lecture hall in the old library."),
                              12000),
                    7 * 60, 21 * 60)),
  };
}

}  // namespace atrium::demo
