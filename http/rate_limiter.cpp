#include "http/rate_limiter.hpp"

#include <algorithm>
#include <functional>

namespace atrium::http {
namespace {

std::chrono::milliseconds time_for(double tokens, std::uint32_t per_second) {
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(std::max(0.0, tokens) * 1000.0 / per_second + 0.999));
}

}  // namespace

rate_limiter::rate_limiter(rate_limit limit, std::size_t most_keys)
    : limit_(limit), most_per_shard_(std::max<std::size_t>(1, most_keys / shards_.size())) {
  limit_.burst = std::max<std::uint32_t>(1, limit_.burst);
}

rate_limiter::bucket& rate_limiter::touch(shard& s, std::string_view key, time_point now) {
  if (const auto found = s.by_key.find(key); found != s.by_key.end()) {
    s.recent.splice(s.recent.begin(), s.recent, found->second);
    return s.recent.front();
  }
  if (s.recent.size() >= most_per_shard_) {
    s.by_key.erase(s.recent.back().key);
    s.recent.pop_back();
  }
  s.recent.push_front({std::string(key), static_cast<double>(limit_.burst), now});
  s.by_key.emplace(s.recent.front().key, s.recent.begin());
  return s.recent.front();
}

std::size_t rate_limiter::shard_of(std::string_view key) {
  return std::hash<std::string_view>{}(key) % std::tuple_size_v<decltype(shards_)>;
}

double rate_limiter::tokens_at(const bucket& b, time_point now) const {
  const double elapsed = std::chrono::duration<double>(now - b.at).count();
  return std::min<double>(limit_.burst, b.tokens + std::max(0.0, elapsed) * limit_.per_second);
}

bool rate_limiter::has_token(std::string_view key, time_point now) const {
  if (!enabled()) return true;
  const auto& s = shards_[shard_of(key)];
  const std::lock_guard lock(s.mutex);
  const auto found = s.by_key.find(key);
  return found == s.by_key.end() || tokens_at(*found->second, now) >= 1.0;
}

rate_limiter::verdict rate_limiter::take(std::string_view key, time_point now) {
  auto& s = shards_[shard_of(key)];
  std::lock_guard lock(s.mutex);
  auto& b = touch(s, key, now);
  b.tokens = tokens_at(b, now);
  b.at = now;
  verdict v;
  v.allowed = b.tokens >= 1.0;
  if (v.allowed)
    b.tokens -= 1.0;
  else
    v.next = time_for(1.0 - b.tokens, limit_.per_second);
  v.left = static_cast<std::uint32_t>(b.tokens);
  v.full = time_for(limit_.burst - b.tokens, limit_.per_second);
  return v;
}

std::size_t rate_limiter::keys() const {
  std::size_t n = 0;
  for (const auto& s : shards_) {
    std::lock_guard lock(s.mutex);
    n += s.recent.size();
  }
  return n;
}

}  // namespace atrium::http
