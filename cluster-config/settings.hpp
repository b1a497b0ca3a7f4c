#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster-config/options.hpp"
#include "domain/failure.hpp"

namespace atrium {

/// Options with their history: which layer set each.
struct settings {
  options values;
  std::map<std::string, std::string>
      sources;                        ///< name -> "file atrium.ini:3", "ATRIUM_LISTEN", ...
  std::vector<std::string> warnings;  ///< e.g. an environment variable that means nothing
};

/// The layers above the defaults, weakest first: file, environment, command line.
struct setting_layers {
  std::string file_name;                            ///< for messages; empty: no file
  std::string file_text;                            ///< its content
  std::map<std::string, std::string> environment;   ///< variables that begin with ATRIUM_
  std::map<std::string, std::string> command_line;  ///< option name -> text
};

/// Puts the layers together and validates. Fails with one violation per wrong value (`pointer` is
/// where it came from); unknown names in the file are wrong, unknown variables only warn: a
/// cluster's service discovery sets variables that look like ours.
result<settings> resolve(const setting_layers& layers);

/// Rules between options; one violation per broken rule.
std::vector<violation> validate(const options& o);

/// Serving other machines needs credentials: an administrator's key that is set or already exists.
/// Nothing when all is well, else why start-up is refused.
std::optional<failure> check_exposure(const options& o, bool has_administrator);

/// `config show`: one line an option, `name = value`, its source behind it; secrets masked. The
/// output is itself a valid file.
std::string show(const settings& s);

/// The ATRIUM_... variables of this process.
std::map<std::string, std::string> atrium_environment();

/// A failure of resolve() as lines for people.
std::string to_text(const failure& f);

}  // namespace atrium
