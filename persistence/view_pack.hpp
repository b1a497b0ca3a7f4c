#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/time.hpp"

/// The byte format of the view tables' rows. The tables are derived and never leave the machine, so
/// numbers are in its own byte order and rows carry no names; view_format in view_store.hpp changes
/// with every change of a row, which rebuilds the tables.
namespace atrium::view {

class packer {
 public:
  explicit packer(std::string& out) : out_(out) {}

  void byte(std::uint8_t v) { out_.push_back(static_cast<char>(v)); }
  void flag(bool v) { byte(v ? 1 : 0); }
  void fixed(std::uint64_t v) {
    char bytes[sizeof v];
    std::memcpy(bytes, &v, sizeof v);
    out_.append(bytes, sizeof v);
  }
  void time(instant t) { fixed(static_cast<std::uint64_t>(t.time_since_epoch().count())); }
  /// Seven bits a byte; for sizes and small numbers.
  void small(std::uint64_t v) {
    while (v >= 0x80) {
      byte(static_cast<std::uint8_t>(v | 0x80));
      v >>= 7;
    }
    byte(static_cast<std::uint8_t>(v));
  }
  void text(std::string_view s) {
    small(s.size());
    out_.append(s);
  }
  template <class Tag>
  void id(const strong_id<Tag>& v) {
    text(v.view());
  }
  void amount(const money& m) {
    fixed(static_cast<std::uint64_t>(m.amount));
    text(m.currency);
  }
  void span(const interval& when) {
    time(when.start);
    time(when.end);
  }
  void maybe(const std::optional<instant>& t) {
    flag(t.has_value());
    if (t) time(*t);
  }
  void texts(const std::vector<std::string>& all) {
    small(all.size());
    for (const std::string& s : all) text(s);
  }

 private:
  std::string& out_;
};

/// Reads what packer wrote. A row that ends early is a bug or a damaged file: std::runtime_error.
class unpacker {
 public:
  explicit unpacker(std::string_view row) : at_(row.data()), end_(row.data() + row.size()) {}

  std::uint8_t byte() {
    need(1);
    return static_cast<std::uint8_t>(*at_++);
  }
  bool flag() { return byte() != 0; }
  std::uint64_t fixed() {
    need(sizeof(std::uint64_t));
    std::uint64_t v = 0;
    std::memcpy(&v, at_, sizeof v);
    at_ += sizeof v;
    return v;
  }
  instant time() { return instant{milliseconds{static_cast<std::int64_t>(fixed())}}; }
  std::uint64_t small() {
    std::uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint64_t b = byte();
      v |= (b & 0x7f) << shift;
      if (b < 0x80) break;
    }
    return v;
  }
  int integer() { return static_cast<int>(small()); }
  /// Points into the row.
  std::string_view view() {
    const std::uint64_t size = small();
    need(size);
    const std::string_view s(at_, size);
    at_ += size;
    return s;
  }
  std::string text() { return std::string(view()); }
  template <class Id>
  Id id() {
    return Id(text());
  }
  money amount() {
    money m;
    m.amount = static_cast<std::int64_t>(fixed());
    m.currency = view();
    return m;
  }
  interval span() {
    interval when;
    when.start = time();
    when.end = time();
    return when;
  }
  std::optional<instant> maybe() {
    if (!flag()) return std::nullopt;
    return time();
  }
  std::vector<std::string> texts() {
    std::vector<std::string> all(small());
    for (std::string& s : all) s = view();
    return all;
  }

 private:
  void need(std::uint64_t bytes) const {
    if (static_cast<std::uint64_t>(end_ - at_) < bytes)
      throw std::runtime_error("a row of the views ends too early");
  }

  const char* at_;
  const char* end_;
};

}  // namespace atrium::view
