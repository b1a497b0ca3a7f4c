#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <fstream>
#include <sstream>

#include "app/commands.hpp"
#include "app/drill.hpp"
#include "app/reconcile.hpp"
#include "app/serve.hpp"
#include "app/version.hpp"
#include "cluster-config/command_line.hpp"
#include "cluster-config/settings.hpp"
#include "cluster-config/values.hpp"

namespace atrium {
namespace {

/// What the command line asks for. One object for all subcommands: only one of them runs.
struct arguments {
  command_line_values options;
  std::string to, from;
  std::uint64_t from_position = 1;
  std::uint64_t limit = UINT64_MAX;
  bool heal = false;
  std::string quiet_for = "5m";
  notification_preview preview;
  drill_request drill;
};

/// Puts the layers together, or says on standard error what is wrong with them.
std::optional<settings> settings_of(const arguments& a) {
  setting_layers layers;
  layers.environment = atrium_environment();
  layers.command_line = a.options.given;
  layers.file_name = a.options.config_file;
  if (!layers.file_name.empty()) {
    std::ifstream in(layers.file_name);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) {
      std::fprintf(stderr, "atrium: %s cannot be read\n", layers.file_name.c_str());
      return std::nullopt;
    }
    layers.file_text = text.str();
  }
  auto s = resolve(layers);
  if (s) return std::move(*s);
  std::fprintf(stderr, "atrium: %s\n", to_text(s.error()).c_str());
  return std::nullopt;
}

/// A subcommand that works on settings.
template <class Run>
CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& doc, Run run,
                      const arguments& a, int& status) {
  auto* command = parent.add_subcommand(name, doc);
  command->final_callback([run, &a, &status] {
    const auto s = settings_of(a);
    status = s ? run(*s) : 2;
  });
  return command;
}

void add_journal_commands(CLI::App& app, arguments& a, int& status) {
  auto* journal = app.add_subcommand("journal", "look at the journal");
  journal->require_subcommand(1);
  const auto dir = [](const settings& s) { return s.values.data_dir; };
  auto* verify = add_command(
      *journal, "verify", "check every record",
      [dir](const settings& s) { return verify_journal(dir(s)); }, a, status);
  auto* dump = add_command(
      *journal, "dump", "print events as JSON lines",
      [dir, &a](const settings& s) { return dump_journal(dir(s), a.from_position, a.limit); }, a,
      status);
  auto* stats = add_command(
      *journal, "stats", "count events and sizes",
      [dir](const settings& s) { return print_journal_stats(dir(s)); }, a, status);
  dump->add_option("--from", a.from_position, "first position (default 1)");
  dump->add_option("--limit", a.limit, "most events to print (default all)");
  for (auto* command : {verify, dump, stats}) add_data_dir_option(*command, a.options);
}

void add_copy_commands(CLI::App& app, arguments& a, int& status) {
  auto* backup = add_command(
      app, "backup", "copy the data directory, also while a server runs",
      [&a](const settings& s) { return back_up(s.values.data_dir, a.to); }, a, status);
  backup->add_option("--to", a.to, "new directory for the copy")->required();
  add_data_dir_option(*backup, a.options);
  auto* back = add_command(
      app, "restore", "make a new data directory from a backup",
      [&a](const settings& s) { return restore(a.from, s.values.data_dir); }, a, status);
  back->add_option("--from", a.from, "directory of the backup")->required();
  add_data_dir_option(*back, a.options);
}

int reconcile(const settings& s, const arguments& a) {
  const auto quiet_for = parse_duration(a.quiet_for);
  if (quiet_for) return reconcile_payments(s, {a.heal, *quiet_for});
  std::fprintf(stderr, "atrium: --quiet-for must be a duration such as 0s, 5m or 1h\n");
  return 2;
}

void add_reconcile_command(CLI::App& app, arguments& a, int& status) {
  auto* command = add_command(
      app, "reconcile",
      "hold the journal against the payment provider's ledger, also while a server runs",
      [&a](const settings& s) { return reconcile(s, a); }, a, status);
  command->add_flag("--heal", a.heal,
                    "void, capture and refund what is owed; the rest is for a person to decide");
  command->add_option("--quiet-for", a.quiet_for,
                      "leave out payments that changed within this (default 5m)");
  add_options(*command, a.options);
}

void add_notification_commands(CLI::App& app, arguments& a, int& status) {
  auto* notifications = app.add_subcommand("notifications", "look at what people are told");
  notifications->require_subcommand(1);
  auto* preview =
      notifications->add_subcommand("preview", "print messages about an imagined booking");
  preview->add_option("--type", a.preview.type, "e.g. reservation.confirmed (default all)");
  preview->add_option("--locale", a.preview.locale, "en or ko")->check(CLI::IsMember({"en", "ko"}));
  preview->add_option("--format", a.preview.format, "text, html or mail")
      ->check(CLI::IsMember({"text", "html", "mail"}));
  preview->final_callback([&a, &status] { status = preview_notifications(a.preview); });
}

void add_drill_commands(CLI::App& app, arguments& a, int& status) {
  auto* drill = app.add_subcommand(
      "drill", "stop and start parts of a running server, to see that bookings go on");
  drill->require_subcommand(1);
  const auto add = [&](const std::string& action, const std::string& doc) {
    auto* command = add_command(
        *drill, action, doc,
        [&a, action](const settings& s) {
          a.drill.action = action;
          return run_drill(s.values, a.drill);
        },
        a, status);
    command->add_option("--url", a.drill.url,
                        "of the server, e.g. https://desk.example.com (default: as it listens)");
    command->add_option("--ca-file", a.drill.ca_file,
                        "certificates to trust for https instead of the system's");
    add_options(*command, a.options);
    return command;
  };
  for (const auto& [action, doc] : {std::pair{"stop", "stop a part"}, {"start", "start it again"}})
    add(action, doc)
        ->add_option("subsystem", a.drill.subsystem, "which part")
        ->required()
        ->check(CLI::IsMember({"notifier", "projector", "reviews", "room-administration"}));
  add("list", "print what is stopped");
}

int run(int argc, char** argv) {
  CLI::App app{"Atrium: a reservation engine for shared offices", "atrium"};
  app.set_version_flag("--version", std::string("atrium ") + version);
  app.require_subcommand(1);
  arguments a;
  int status = 0;

  add_options(*add_command(app, "serve", "serve the HTTP API", serve, a, status), a.options);
  auto* config = app.add_subcommand("config", "look at the options");
  config->require_subcommand(1);
  add_options(*add_command(*config, "show", "print the options in force and where they come from",
                           show_config, a, status),
              a.options);
  add_journal_commands(app, a, status);
  add_copy_commands(app, a, status);
  add_reconcile_command(app, a, status);
  add_notification_commands(app, a, status);
  add_drill_commands(app, a, status);

  auto* views = app.add_subcommand("views", "look after the read model");
  views->require_subcommand(1);
  add_data_dir_option(
      *add_command(
          *views, "rebuild", "build it from the journal again",
          [](const settings& s) { return rebuild_views(s.values.data_dir); }, a, status),
      a.options);
  auto* sandbox = app.add_subcommand("sandbox", "look at the payment sandbox");
  sandbox->require_subcommand(1);
  add_data_dir_option(
      *add_command(
          *sandbox, "ledger", "print its ledger as JSON",
          [](const settings& s) { return print_ledger(s.values.data_dir); }, a, status),
      a.options);

  CLI11_PARSE(app, argc, argv);
  return status;
}

}  // namespace
}  // namespace atrium

int main(int argc, char** argv) {
  try {
    return atrium::run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "atrium: %s\n", e.what());
    return 1;
  }
}
