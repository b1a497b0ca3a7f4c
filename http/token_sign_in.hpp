#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "http/gate.hpp"
#include "http/jwks_keeper.hpp"
#include "http/jwt.hpp"

namespace atrium::http {

/// Signs people in by JSON Web Token.
///
/// Operation: what was verified is remembered by a keyed hash of the token until it expires, its
/// keys change, or 16 x `most_remembered / 16` newer ones have come; a second request with the same
/// token costs one hash. Concurrency: every member from any thread; none blocks on I/O.
class token_sign_in {
 public:
  /// `keys` must outlive this.
  token_sign_in(token_rules rules, jwks_keeper& keys, const clock_port& clock,
                std::size_t most_remembered = 10'000);

  /// Who the token speaks of. Fails with unauthenticated, forbidden (no role), or, while the
  /// issuer's keys are being fetched, dependency_unavailable: the same request may then succeed a
  /// moment later. A token that was not verified before is only when `costly` is empty or says
  /// true, else it is rate_limited: a signature takes as long as a booking.
  result<token_identity> identify(std::string_view token, const may_cost& costly = {});

  struct numbers {
    std::uint64_t verified = 0, remembered = 0, refused = 0;
  };
  numbers stats() const;

 private:
  using digest = std::array<unsigned char, 32>;
  struct digest_hash {
    std::size_t operator()(const digest& d) const;
  };
  struct entry {
    digest token;
    std::uint64_t generation;
    token_identity who;
  };
  struct shard {
    std::mutex mutex;
    std::list<entry> recent;  // most recent first
    std::unordered_map<digest, std::list<entry>::iterator, digest_hash> by_token;
  };

  result<token_identity> verify(std::string_view token, instant now);
  std::optional<token_identity> recall(shard& s, const digest& d, instant now);
  void remember(shard& s, const digest& d, std::uint64_t generation, const token_identity& who);

  const token_rules rules_;
  jwks_keeper& keys_;
  const clock_port& clock_;
  const std::size_t most_per_shard_;
  digest secret_;  // of this process: nobody outside can make two tokens meet
  std::array<shard, 16> shards_;
  std::atomic<std::uint64_t> verified_{0}, remembered_{0}, refused_{0};
};

}  // namespace atrium::http
