#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "http/message.hpp"

namespace atrium::http {

/// Finds the route of a path in a tree of segments. A segment of a pattern is literal ("rooms"), a
/// placeholder ("{id}") or a placeholder with a suffix ("{token}.ics"); literal wins over suffix,
/// suffix over plain. Placeholders match one non-empty segment, decoded on its own, so that an
/// encoded slash stays inside it. At most 8 placeholders a pattern. Concurrency: immutable once
/// made.
class router {
 public:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  /// Throws std::invalid_argument for a malformed or repeated pattern: a bug seen at start-up.
  explicit router(std::vector<route> routes);
  ~router();
  router(const router&) = delete;
  router& operator=(const router&) = delete;

  struct match {
    std::size_t index = none;  ///< of the route; none when the path or the method is unknown
    std::string_view allow;    ///< methods of this path for the Allow field; "" for an unknown path
  };
  /// `path` as sent, without query. HEAD finds the GET route. Fills `params` when a route is found.
  match find(verb method, std::string_view path, std::vector<std::string>& params) const;

  const std::vector<route>& routes() const { return routes_; }

 private:
  struct node;
  struct walk;
  void add(std::size_t index);
  static const node* descend(const node& at, std::string_view rest, walk& w);

  std::vector<route> routes_;
  std::unique_ptr<node> root_;
};

}  // namespace atrium::http
