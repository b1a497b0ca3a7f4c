#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "notifications/delivery_engine.hpp"
#include "notifications/lane.hpp"

/// The parts of a delivery engine. Private to delivery_*.cpp.
namespace atrium {

struct ended_attempt {
  delivery what;
  delivery_outcome how;
};

struct delivery_engine::impl {
  impl(world w, options o)
      : at(w),
        rules(o),
        breakers(o.breaker),
        random(o.seed != 0 ? o.seed : std::random_device{}()) {}

  void run();
  void wait();
  bool step();
  bool take_in();
  void read_journal(outbox::changes& c);
  void route(const stored_event& e, outbox::changes& c);
  void add(outbox::changes& c, delivery d);
  bool note_outcomes();
  void note(outbox::changes& c, ended_attempt& e);
  bool start_some();
  std::size_t start_lane(const std::string& name, lane& l, std::size_t room);
  bool is_over(const std::string& name, const lane& l) const;
  lane& lane_of(const std::string& destination);
  void drop_lane(const std::string& destination);
  bool begin(const delivery& d);
  bool grant_wishes();
  bool write(const outbox::changes& c);
  void load();
  std::uint64_t first_position() const;
  double chance() { return std::uniform_real_distribution<>(0, 1)(random); }

  const world at;
  const options rules;
  delivery_breakers breakers;
  std::mt19937_64 random;

  // The thread's own.
  std::map<std::string, lane> lanes;
  std::map<std::string, std::uint64_t> waiting;  ///< how many, for the bound
  std::string last_served;
  std::uint64_t cursor = 0;
  std::uint64_t written_cursor = 0;
  bool is_loaded = false;
  bool is_broken = false;  ///< the outbox could not be written: nothing is sent until it can

  // Shared with completions, which may come when the engine is gone.
  struct post_box {
    std::mutex mutex;
    std::condition_variable wake;
    std::vector<ended_attempt> ended;
    std::vector<std::pair<std::string, std::uint64_t>> wishes;
    std::size_t under_way = 0;
    bool nudged = false, stopping = false, paused = false;
  };
  std::shared_ptr<post_box> post = std::make_shared<post_box>();

  mutable std::mutex numbers_mutex;
  status numbers;
  std::thread thread;
};

}  // namespace atrium
