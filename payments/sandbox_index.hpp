#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace atrium {

/// Payment id -> offset of its newest ledger line, 16 bytes a slot: the ids themselves stay in the
/// file, so callers say whether the line at an offset is the payment's (`is_of(offset)`).
/// Open addressing with linear probing, at most 2/3 full. Not synchronised.
class sandbox_index {
 public:
  template <class IsOf>
  std::uint64_t find(std::string_view payment, const IsOf& is_of) const {
    if (slots_.empty()) return 0;
    return slots_[probe(slots_, hash(payment), is_of)].offset;
  }

  template <class IsOf>
  void put(std::string_view payment, std::uint64_t offset, const IsOf& is_of) {
    if ((used_ + 1) * 3 > slots_.size() * 2) widen();
    const auto wanted = hash(payment);
    auto& s = slots_[probe(slots_, wanted, is_of)];
    if (s.offset == 0) ++used_;
    s = {wanted, offset};
  }

  std::size_t size() const noexcept { return used_; }

 private:
  struct slot {
    std::uint64_t hash = 0;
    std::uint64_t offset = 0;  ///< 0: free
  };

  static std::uint64_t hash(std::string_view text) { return std::hash<std::string_view>{}(text); }

  template <class IsOf>
  static std::size_t probe(const std::vector<slot>& slots, std::uint64_t wanted,
                           const IsOf& is_of) {
    const auto mask = slots.size() - 1;
    auto i = wanted & mask;
    while (slots[i].offset != 0 && !(slots[i].hash == wanted && is_of(slots[i].offset)))
      i = (i + 1) & mask;
    return i;
  }

  void widen() {
    std::vector<slot> wider(slots_.empty() ? 1024 : slots_.size() * 2);
    // Two slots never hold the same payment, so a free slot is all a move needs.
    for (const auto& s : slots_)
      if (s.offset != 0) wider[probe(wider, s.hash, [](std::uint64_t) { return false; })] = s;
    slots_ = std::move(wider);
  }

  std::vector<slot> slots_;
  std::size_t used_ = 0;
};

}  // namespace atrium
