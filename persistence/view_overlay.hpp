#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "persistence/view_store.hpp"

namespace atrium::view {

/// The writes of one transaction, gathered in memory before they reach the tables: a row that
/// changes ten times is written once, and each table is written in key order, which spares most of
/// the descents of its B-tree. Reads see the gathered writes first.
/// Concurrency: the follower's thread only.
class overlay {
 public:
  explicit overlay(view_store& store) : store_(store) {}

  /// Requires a running transaction. The view is valid until the next write of the same key.
  std::optional<std::string_view> get(in from, const std::string& key) const;
  bool contains(in from, const std::string& key) const { return get(from, key).has_value(); }
  void put(in to, std::string key, std::string value);
  void erase(in from, std::string key);

  /// Writes everything into the running transaction; keeps it for another try when that throws.
  void write();
  void clear() noexcept;

 private:
  using changes = std::unordered_map<std::string, std::optional<std::string>>;
  void write(in to, const changes& changed);

  view_store& store_;
  std::array<changes, table_count> changed_;
};

}  // namespace atrium::view
