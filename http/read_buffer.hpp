#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

namespace atrium::http {

/// The bytes received and not yet used: flat, so that a head is one string_view. Grows by doubling
/// up to its most, which bounds what one connection can make us hold.
class read_buffer {
 public:
  static constexpr std::size_t first = 2 * 1024;

  explicit read_buffer(std::size_t most) : most_(std::max(most, first)) {}

  std::string_view data() const { return {bytes_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  void consume(std::size_t n) {
    begin_ += n;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  void clear() { begin_ = end_ = 0; }

  /// Makes room; `wanted` is a hint. False when the buffer is full.
  bool make_room(std::size_t wanted = first) {
    if (begin_ > 0 && capacity_ - end_ < wanted) {
      std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    if (end_ == capacity_ || (wanted > capacity_ && capacity_ < most_)) grow(wanted);
    return end_ < capacity_;
  }
  char* free_begin() { return bytes_.get() + end_; }
  std::size_t free_size() const { return capacity_ - end_; }
  void commit(std::size_t n) { end_ += n; }

  /// Gives memory back between two requests.
  void shrink() {
    if (!empty() || capacity_ <= first) return;
    bytes_.reset();
    capacity_ = 0;
  }

 private:
  void grow(std::size_t wanted) {
    const auto bigger = std::min(most_, std::max({first, capacity_ * 2, wanted}));
    if (bigger <= capacity_) return;
    auto next = std::make_unique_for_overwrite<char[]>(bigger);
    if (end_ > begin_) std::memcpy(next.get(), bytes_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    bytes_ = std::move(next);
    capacity_ = bigger;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t most_, capacity_ = 0, begin_ = 0, end_ = 0;
};

}  // namespace atrium::http
