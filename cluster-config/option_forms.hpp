#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "cluster-config/option_table.hpp"

/// Options by the form of their values; for the tables of options alone. Bounds are inclusive.
namespace atrium::option_forms {

option_spec whole(std::string name, int options::*member, int least, int most, std::string unit,
                  std::string doc);
option_spec duration(std::string name, options::ms options::*member, options::ms least,
                     options::ms most, std::string doc);
/// One of a few words.
option_spec choice(std::string name, std::string options::*member, std::vector<std::string> all,
                   std::string doc);
/// Several of a few words with commas between them; at least one, none twice.
option_spec choices(std::string name, std::string options::*member, std::vector<std::string> all,
                    std::string doc);
/// At most `most` printable bytes; may be left empty.
option_spec optional_text(std::string name, std::string options::*member, std::size_t most,
                          std::string unit, std::string doc);
/// The same option, kept out of `config show` and off the command line.
option_spec hidden(option_spec spec);
option_spec folder(std::string name, std::filesystem::path options::*member, std::string doc);
/// A file that may be left out.
option_spec optional_file(std::string name, std::filesystem::path options::*member,
                          std::string doc);
option_spec flag(std::string name, bool options::*member, std::string doc);

}  // namespace atrium::option_forms
