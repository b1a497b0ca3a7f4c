#include "cluster-config/command_line.hpp"

#include <CLI/CLI.hpp>

#include "cluster-config/option_table.hpp"

namespace atrium {
namespace {

std::string help_of(const option_spec& spec) {
  static const options defaults;
  std::string help = spec.doc;
  if (!spec.bounds.empty() && !spec.is_flag) help += " [" + spec.bounds + "]";
  const auto value = spec.get(defaults);
  if (!value.empty() && !spec.is_flag) help += " (default " + value + ")";
  return help + " {" + spec.environment() + "}";
}

}  // namespace

void add_options(CLI::App& command, command_line_values& into) {
  command.add_option("--config", into.config_file, "file of name = value lines {ATRIUM_CONFIG}")
      ->envname("ATRIUM_CONFIG");
  for (const auto& spec : option_table()) {
    if (spec.is_secret) continue;
    if (spec.is_flag) {
      command.add_flag_callback(
          "--" + spec.name, [&into, name = spec.name] { into.given[name] = "true"; },
          help_of(spec));
    } else {
      command
          .add_option_function<std::string>(
              "--" + spec.name,
              [&into, name = spec.name](const std::string& text) { into.given[name] = text; },
              help_of(spec))
          ->type_name(spec.unit);
    }
  }
}

}  // namespace atrium
