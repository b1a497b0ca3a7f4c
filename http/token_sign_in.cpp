#include "http/token_sign_in.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>

namespace atrium::http {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr std::int64_t ask_again_ms = 1'000;

failure refused(std::string detail) {
  return failure{.code = ec::unauthenticated, .detail = std::move(detail)};
}

failure keys_on_their_way() {
  return failure{.code = ec::dependency_unavailable,
                 .detail = "The keys of the token's issuer are being fetched; repeat in a second.",
                 .retry_after_ms = ask_again_ms};
}

}  // namespace

std::size_t token_sign_in::digest_hash::operator()(const digest& d) const {
  std::size_t h;
  std::memcpy(&h, d.data(), sizeof h);
  return h;
}

token_sign_in::token_sign_in(token_rules rules, jwks_keeper& keys, const clock_port& clock,
                             std::size_t most_remembered)
    : rules_(std::move(rules)),
      keys_(keys),
      clock_(clock),
      most_per_shard_(std::max<std::size_t>(1, most_remembered / shards_.size())) {
  randombytes_buf(secret_.data(), secret_.size());
}

result<token_identity> token_sign_in::identify(std::string_view token, const may_cost& costly) {
  if (token.size() > max_token_bytes) return read_token(token, rules_).error();
  digest d;
  crypto_generichash(d.data(), d.size(), reinterpret_cast<const unsigned char*>(token.data()),
                     token.size(), secret_.data(), secret_.size());
  auto& s = shards_[d.back() % shards_.size()];
  const auto now = clock_.now();
  if (auto known = recall(s, d, now)) {
    remembered_.fetch_add(1, relaxed);
    return std::move(*known);
  }
  if (costly && !costly())
    return failure{.code = ec::rate_limited,
                   .detail = "Too many wrong credentials came from your address; wait and repeat.",
                   .retry_after_ms = ask_again_ms};
  // Before the keys are read: newer ones must not count as those it was verified with.
  const auto generation = keys_.generation();
  auto who = verify(token, now);
  (who ? verified_ : refused_).fetch_add(1, relaxed);
  if (who) remember(s, d, generation, *who);
  return who;
}

result<token_identity> token_sign_in::verify(std::string_view token, instant now) {
  const auto parts = read_token(token, rules_);
  if (!parts) return parts.error();
  const auto keys = keys_.keys();
  if (!keys) {
    keys_.ask_for_newer();
    return keys_on_their_way();
  }
  switch (keys->check(token, parts->algorithm, parts->key_id)) {
    case jwk_set::verdict::good:
      return read_claims(parts->claims, rules_, now);
    case jwk_set::verdict::ambiguous:
      return refused("The token names no key (\"kid\"), and its issuer has several.");
    case jwk_set::verdict::unknown_key:
      if (keys_.ask_for_newer()) return keys_on_their_way();
      return refused("The token is signed with a key that its issuer does not publish.");
    case jwk_set::verdict::bad:
      break;
  }
  return refused("The token's signature is wrong.");
}

std::optional<token_identity> token_sign_in::recall(shard& s, const digest& d, instant now) {
  const std::lock_guard lock(s.mutex);
  const auto found = s.by_token.find(d);
  if (found == s.by_token.end()) return {};
  const auto at = found->second;
  if (at->generation == keys_.generation() && now < at->who.expires_at + rules_.clock_skew) {
    s.recent.splice(s.recent.begin(), s.recent, at);
    return at->who;
  }
  s.by_token.erase(found);
  s.recent.erase(at);
  return {};
}

void token_sign_in::remember(shard& s, const digest& d, std::uint64_t generation,
                             const token_identity& who) {
  const std::lock_guard lock(s.mutex);
  if (s.by_token.contains(d)) return;
  if (s.recent.size() >= most_per_shard_) {
    s.by_token.erase(s.recent.back().token);
    s.recent.pop_back();
  }
  s.recent.push_front({d, generation, who});
  s.by_token.emplace(d, s.recent.begin());
}

token_sign_in::numbers token_sign_in::stats() const {
  return {verified_.load(relaxed), remembered_.load(relaxed), refused_.load(relaxed)};
}

}  // namespace atrium::http
