#pragma once

#include <map>
#include <string>

namespace CLI {
class App;
}

namespace atrium {

/// What the command line said, as text; resolve() makes sense of it.
struct command_line_values {
  std::map<std::string, std::string> given;  ///< option name -> text
  std::string config_file;                   ///< --config, or ATRIUM_CONFIG, or empty
};

/// Adds --config and every option that is not secret to a subcommand. `into` must outlive the
/// parsing.
void add_options(CLI::App& command, command_line_values& into);
/// --config and --data-dir alone, for commands that look after a data directory.
void add_data_dir_option(CLI::App& command, command_line_values& into);

}  // namespace atrium
