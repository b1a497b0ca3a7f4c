#pragma once

#include <span>
#include <string>
#include <string_view>

#include "domain/failure.hpp"

/// The words of problem answers in English and Korean, by problem name.
namespace atrium::http {

struct problem_text {
  std::string_view name;
  int status;
  std::string_view title_en;
  std::string_view title_ko;
  std::string_view detail_ko;  ///< what happened and what to do next
};

/// The entry of a problem of the engine or of the transport; the one of "internal" for an unknown
/// name.
const problem_text& problem_text_of(std::string_view name);
const problem_text& problem_text_of(ec code);

/// All entries; their order is fixed while the process lives, so that counters can be kept by
/// index.
std::span<const problem_text> all_problem_texts();

/// Korean name of a violated rule, e.g. "opening-hours"; the rule itself when it has none.
std::string_view rule_in_korean(std::string_view rule);

/// A Korean sentence with the English one behind it that says what only this case is about.
std::string with_original(std::string_view korean, std::string_view english);

/// Detail in Korean, composed from the code and the violations; without violations with the English
/// detail behind it, since only that names the header, the state or the time it is about.
std::string korean_detail(const failure& f);

}  // namespace atrium::http
