#include "app/commands.hpp"

#include <cstdio>

#include "app/data_dir.hpp"
#include "payments/sandbox_ledger.hpp"
#include "payments/sandbox_provider.hpp"

namespace atrium {

int show_config(const settings& s) {
  const auto text = show(s);
  std::fwrite(text.data(), 1, text.size(), stdout);
  for (const auto& warning : s.warnings) std::fprintf(stderr, "atrium: %s\n", warning.c_str());
  return 0;
}

int print_ledger(const std::filesystem::path& data_dir) {
  const auto file = sandbox_provider::ledger_file(layout_of(data_dir).sandbox);
  const auto done = export_ledger(
      file, [](std::string_view piece) { std::fwrite(piece.data(), 1, piece.size(), stdout); });
  if (done) return 0;
  std::fprintf(stderr, "atrium: %s\n", done.error().detail.c_str());
  return 1;
}

}  // namespace atrium
