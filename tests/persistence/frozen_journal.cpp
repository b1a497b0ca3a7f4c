#include "tests/persistence/frozen_journal.hpp"

#include <fstream>
#include <stdexcept>

namespace atrium::tests {

namespace {
constexpr std::string_view digits = "0123456789abcdef";
}

std::string to_hex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) {
    hex += digits[static_cast<unsigned char>(c) >> 4];
    hex += digits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const auto high = digits.find(hex[i]);
    const auto low = digits.find(hex[i + 1]);
    if (high == digits.npos || low == digits.npos) throw std::invalid_argument("not hex");
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::invalid_argument("cannot read " + file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace atrium::tests
