#pragma once

#include <map>
#include <string>

#include "app/data_dir.hpp"
#include "domain/time.hpp"

namespace atrium::demo {

/// What the demonstration office has to remember.
struct notebook {
  instant planned_at{};  ///< the office is planned from here
  bool is_filled = false;
  std::map<std::string, std::string> keys;  ///< account id -> API key
};

/// An empty notebook (planned_at is the epoch) when there is no file yet.
result<notebook> load_notebook(const std::filesystem::path& file);
result<void> save_notebook(const std::filesystem::path& file, const notebook& n);

}  // namespace atrium::demo
