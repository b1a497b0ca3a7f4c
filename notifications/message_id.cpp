#include "notifications/message_id.hpp"

#include <sodium.h>

#include <array>

namespace atrium {

std::string message_id_of(const stored_event& e) {
  const auto text = e.stream + '\n' + std::to_string(e.seq) + '\n' +
                    std::to_string(e.at.time_since_epoch().count());
  std::array<unsigned char, 16> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(text.data()),
                     text.size(), nullptr, 0);
  std::array<char, 33> hex{};
  sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
  return hex.data();
}

std::optional<stored_event> event_at(const journal& log, std::uint64_t position) {
  std::optional<stored_event> found;
  log.read(position, 1, [&](std::uint64_t at, std::string_view record) {
    if (auto e = decode_record(at, record); e && at == position) found = std::move(*e);
    return false;
  });
  return found;
}

}  // namespace atrium
