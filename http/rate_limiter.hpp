#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace atrium::http {

/// A token bucket's size and refill; per_second 0 means no limit.
struct rate_limit {
  std::uint32_t per_second = 0;  ///< steady rate, 0..1,000,000
  std::uint32_t burst = 0;       ///< most requests at once; at least 1 when there is a limit
};

/// Token buckets by key (an account, or the address of an anonymous caller), at most `most_keys`:
/// the least recently seen key is forgotten first, which can only give somebody a full bucket back.
/// Concurrency: take() from any thread; 16 independent shards.
class rate_limiter {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  rate_limiter(rate_limit limit, std::size_t most_keys);

  struct verdict {
    bool allowed = true;
    std::uint32_t left = 0;             ///< whole tokens left
    std::chrono::milliseconds next{0};  ///< until one token is there; 0 when allowed
    std::chrono::milliseconds full{0};  ///< until the bucket is full again
  };
  verdict take(std::string_view key, time_point now);
  /// Whether take() would be allowed; takes nothing. Always without a limit.
  bool has_token(std::string_view key, time_point now) const;

  bool enabled() const { return limit_.per_second > 0; }
  const rate_limit& limit() const { return limit_; }
  std::size_t keys() const;

 private:
  struct bucket {
    std::string key;
    double tokens;
    time_point at;
  };
  struct shard {
    mutable std::mutex mutex;
    std::list<bucket> recent;  // most recent first
    std::unordered_map<std::string_view, std::list<bucket>::iterator> by_key;
  };
  static std::size_t shard_of(std::string_view key);
  double tokens_at(const bucket& b, time_point now) const;
  bucket& touch(shard& s, std::string_view key, time_point now);

  rate_limit limit_;
  std::size_t most_per_shard_;
  std::array<shard, 16> shards_;
};

}  // namespace atrium::http
