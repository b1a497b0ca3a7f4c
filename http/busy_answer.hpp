#pragma once

#include <array>
#include <string>
#include <vector>

#include "http/message.hpp"
#include "http/response_head.hpp"

namespace atrium::http {

/// Writes the refusals of a busy desk from bytes made beforehand: problem() and the start of the
/// head are rendered when something in them changes (once a second, by the date) for each route and
/// language, and ids are put in for each answer. Concurrency: one thread, the io thread's own.
class busy_answer {
 public:
  /// What metrics and logs want to know of an answer.
  struct kind {
    int status = 0;
    std::string problem;
  };
  /// Appends the whole answer, byte by byte what append_response_head() and problem(why, r) make.
  /// `r` has target, trace id and language; `route` is the index of its route.
  const kind& append(const failure& why, const request& r, std::size_t route,
                     const head_context& context, std::string& out);

 private:
  struct prepared {
    failure why;
    std::string date_line, target;
    std::string start, body;
    std::size_t trace_at = 0;  // in the body
    kind is;
  };
  static void prepare(const failure& why, const request& r, const head_context& context,
                      prepared& to);

  std::vector<std::array<prepared, 2>> by_route_;  // in English and in Korean
};

}  // namespace atrium::http
