#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "psp/model.hpp"
#include "psp/render.hpp"

namespace atrium::psp {

/// Reads the parameters of one call and remembers the first thing that is wrong with them; what
/// nobody asked for is unknown.
class parameters {
 public:
  explicit parameters(const fields& all) : all_(all), is_known_(all.size()) {}

  std::optional<std::string> text(std::string_view name, bool required);
  std::optional<std::int64_t> number(std::string_view name, std::int64_t least, std::int64_t most,
                                     bool required);
  bool flag(std::string_view name);
  /// metadata[name]=value; at most 50, as at Stripe.
  fields metadata();
  /// True when an expand[] names the field.
  bool expands(std::string_view what);
  void ignore(std::string_view name) { ask_for(name); }
  /// What is wrong, after everything was read.
  std::optional<api_error> problem();

 private:
  void wrong(std::string_view name, std::string code, std::string message);
  /// Its first value, or null.
  const std::string* ask_for(std::string_view name);

  const fields& all_;
  std::vector<bool> is_known_;  ///< by place in all_
  std::optional<api_error> wrong_;
};

api_error no_such(std::string_view what, const std::string& id);

}  // namespace atrium::psp
