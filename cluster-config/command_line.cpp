#include "cluster-config/command_line.hpp"

#include <CLI/CLI.hpp>

#include "cluster-config/option_table.hpp"

namespace atrium {
namespace {

/// CLI11 indents the lines of a description but does not break them.
std::string wrapped(std::string text) {
  constexpr std::size_t width = 70;
  std::size_t start = 0;
  while (text.size() - start > width) {
    const auto space = text.rfind(' ', start + width);
    if (space == std::string::npos || space <= start) break;
    text[space] = '\n';
    start = space + 1;
  }
  return text;
}

std::string help_of(const option_spec& spec) {
  static const options defaults;
  std::string help = spec.doc;
  if (!spec.bounds.empty() && !spec.is_flag) help += " [" + spec.bounds + "]";
  const auto value = spec.get(defaults);
  if (!value.empty() && !spec.is_flag) help += " (default " + value + ")";
  return wrapped(help + " {" + spec.environment() + "}");
}

void add_config_option(CLI::App& command, command_line_values& into) {
  command.add_option("--config", into.config_file, "file of name = value lines {ATRIUM_CONFIG}")
      ->envname("ATRIUM_CONFIG");
}

void add_one(CLI::App& command, command_line_values& into, const option_spec& spec) {
  if (spec.is_flag) {
    const auto set = [&into, name = spec.name] { into.given[name] = "true"; };
    command.add_flag_callback("--" + spec.name, set, help_of(spec))->group(spec.group);
    return;
  }
  const auto set = [&into, name = spec.name](const std::string& text) { into.given[name] = text; };
  command.add_option_function<std::string>("--" + spec.name, set, help_of(spec))
      ->type_name(spec.unit)
      ->group(spec.group);
}

}  // namespace

void add_options(CLI::App& command, command_line_values& into) {
  add_config_option(command, into);
  for (const auto& spec : option_table())
    if (!spec.is_secret) add_one(command, into, spec);
}

void add_data_dir_option(CLI::App& command, command_line_values& into) {
  add_config_option(command, into);
  add_one(command, into, *find_option("data-dir"));
}

}  // namespace atrium
