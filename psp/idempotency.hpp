#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>

#include "psp/render.hpp"
#include "psp/store.hpp"

namespace atrium::psp {

/// Fingerprint of a call: where it goes and its parameters in any order.
std::uint64_t fingerprint_of(const std::string& path, const fields& form);

/// Which Idempotency-Keys are being worked on. Concurrency: not synchronised, its owner locks.
class keys_in_use {
 public:
  /// What a call under this key is answered at once: the stored answer (`is_replay`), or a refusal.
  /// Nothing: go on, and the key is in use until release().
  struct verdict {
    stored_answer answer;
    bool is_replay = false;
  };
  std::optional<verdict> claim(const store& s, const std::string& key, std::uint64_t fingerprint);
  void release(const std::string& key) { used_.erase(key); }

 private:
  std::unordered_set<std::string> used_;
};

}  // namespace atrium::psp
