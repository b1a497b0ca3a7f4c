#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "http/jwk_set.hpp"

namespace atrium::http {

/// Keeps an issuer's keys current.
///
/// Operation: a thread of its own fetches the key set at start and then every `interval`, sooner
/// when somebody meets a key id it does not know, but then at most once per `least_pause`. A fetch
/// that fails leaves the keys as they are and is tried again after `retry`. Concurrency: keys(),
/// generation(), ask_for_newer(), refresh_now() and stats() from any thread, none blocks on the
/// fetch. start() and stop() from one. Bounds: one fetch at a time, one key set.
class jwks_keeper {
 public:
  using steady = std::chrono::steady_clock;
  /// The text of the key set, or what went wrong, in words. May block for seconds; gives up soon
  /// after `stopping` has become true.
  using fetcher = std::function<result<std::string>(const std::atomic<bool>& stopping)>;

  struct options {
    std::chrono::milliseconds interval{600'000};  ///< between two fetches
    std::chrono::milliseconds retry{15'000};      ///< after one that failed
    std::chrono::milliseconds least_pause{10'000};
    std::function<steady::time_point()> clock;  ///< empty: the steady clock
  };
  struct numbers {
    std::uint64_t fetched = 0, failed = 0;
    std::size_t keys = 0;
    std::int64_t age_s = -1;  ///< of the keys in use; -1: none yet
  };

  jwks_keeper(fetcher fetch, options o);
  ~jwks_keeper();
  jwks_keeper(const jwks_keeper&) = delete;
  jwks_keeper& operator=(const jwks_keeper&) = delete;

  /// Null until a first fetch succeeded.
  std::shared_ptr<const jwk_set> keys() const;
  /// Another number means other keys: what was verified with the old ones is to be verified again.
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  /// A key was not found. True: newer keys are being fetched, so that asking again later may help;
  /// false: they were fetched less than `least_pause` ago.
  bool ask_for_newer();
  /// For an operator's signal: fetches regardless of the pause.
  void refresh_now();

  /// Fetches on the calling thread and takes over what came. Fails with what went wrong.
  result<void> fetch_once();

  void start();
  void stop();
  numbers stats() const;

 private:
  steady::time_point now() const { return options_.clock ? options_.clock() : steady::now(); }
  void run();
  void adopt(std::string text, jwk_set keys);

  const fetcher fetch_;
  const options options_;

  std::atomic<std::uint64_t> generation_{0};
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::shared_ptr<const jwk_set> keys_;
  std::string text_;  ///< what keys_ was made from
  steady::time_point last_try_{}, last_success_{};
  bool tried_ = false, failing_ = false, fetching_ = false, asked_ = false;
  numbers numbers_;
  std::thread thread_;
};

}  // namespace atrium::http
