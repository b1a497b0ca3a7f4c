#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

#include "http/message.hpp"

namespace atrium::http {

/// Who was let in lately with which Authorization value, so that a busy desk can refuse them
/// without finding out once more who they are.
///
/// Operation: a table of fixed size, by a keyed hash (SipHash) of route and value; neither key nor
/// token is kept. A newcomer takes the place of whoever has it. What is remembered is good for
/// refusing only: a key revoked meanwhile hears "busy" instead of "unknown" for up to `good_for`.
/// Concurrency: one thread, the io thread's own.
class recent_callers {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr std::size_t most = 4096;
  static constexpr std::chrono::seconds good_for{10};

  recent_callers();

  /// `who` was let in to this route. Callers whose account is yet to be recorded are not kept.
  void remember(std::size_t route, std::string_view authorization, const principal& who,
                time_point now);
  /// Account, role and locale of who may use this route; null when nobody knows.
  const principal* find(std::size_t route, std::string_view authorization, time_point now) const;

 private:
  struct entry {
    std::uint64_t hash = 0;
    time_point until{};
    principal who;
  };
  std::uint64_t hash(std::size_t route, std::string_view authorization) const;

  std::array<unsigned char, 16> key_;
  std::unique_ptr<std::array<entry, most>> entries_;
};

}  // namespace atrium::http
