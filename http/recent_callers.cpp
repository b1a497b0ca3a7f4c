#include "http/recent_callers.hpp"

#include <sodium.h>

#include <algorithm>

namespace atrium::http {

static_assert(crypto_shorthash_KEYBYTES == 16 && crypto_shorthash_BYTES == sizeof(std::uint64_t));

recent_callers::recent_callers() : entries_(std::make_unique<std::array<entry, most>>()) {
  crypto_shorthash_keygen(key_.data());
}

std::uint64_t recent_callers::hash(std::size_t route, std::string_view authorization) const {
  std::uint64_t out = 0;
  crypto_shorthash(reinterpret_cast<unsigned char*>(&out),
                   reinterpret_cast<const unsigned char*>(authorization.data()),
                   authorization.size(), key_.data());
  return out + route;
}

void recent_callers::remember(std::size_t route, std::string_view authorization,
                              const principal& who, time_point now) {
  if (authorization.empty() || who.anonymous() || who.to_record) return;
  const auto h = hash(route, authorization);
  auto& e = (*entries_)[h % most];
  if (e.hash == h && now < e.until - good_for / 2) return;  // as good as new
  e.hash = h;
  e.until = now + std::min<std::chrono::milliseconds>(good_for, who.valid_for.value_or(good_for));
  e.who = {};
  e.who.account = who.account;
  e.who.as = who.as;
  e.who.locale = who.locale;
}

const principal* recent_callers::find(std::size_t route, std::string_view authorization,
                                      time_point now) const {
  if (authorization.empty()) return nullptr;
  const auto h = hash(route, authorization);
  const auto& e = (*entries_)[h % most];
  return e.hash == h && now < e.until ? &e.who : nullptr;
}

}  // namespace atrium::http
