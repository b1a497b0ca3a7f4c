#include "app/demo_file.hpp"

#include <fstream>

namespace atrium::demo {

result<notebook> load_notebook(const std::filesystem::path& file) {
  notebook n;
  std::ifstream in(file);
  std::string name;
  std::string value;
  while (in >> name >> value) {
    if (name == "planned-at") {
      const auto at = parse_instant(value);
      if (!at)
        return failure{ec::malformed, file.string() +
                                          ": planned-at is not a time. Delete the file to "
                                          "plan the demonstration office anew."};
      n.planned_at = *at;
    } else if (name == "filled") {
      n.is_filled = value == "yes";
    } else {
      n.keys[name] = value;
    }
  }
  return n;
}

result<void> save_notebook(const std::filesystem::path& file, const notebook& n) {
  auto text = "planned-at " + format_instant(n.planned_at) + "\nfilled " +
              (n.is_filled ? "yes" : "no") + "\n";
  for (const auto& [account, key] : n.keys) text += account + " " + key + "\n";
  return write_private_file(file, text);
}

}  // namespace atrium::demo
