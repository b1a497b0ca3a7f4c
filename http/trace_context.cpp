#include "http/trace_context.hpp"

#include <cstdint>
#include <random>

namespace atrium::http {
namespace {

/// Ids must differ, not be secret: one seeding per thread, then SplitMix64.
std::uint64_t random_64() {
  thread_local std::uint64_t state = [] {
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32) ^ device();
  }();
  std::uint64_t z = state += 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

void append_hex(std::uint64_t v, std::string& out) {
  constexpr char digits[] = "0123456789abcdef";
  char text[16];
  for (int i = 15; i >= 0; --i, v >>= 4) text[i] = digits[v & 15];
  out.append(text, sizeof text);
}

bool lower_hex(std::string_view s) {
  for (const char c : s)
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  return true;
}

bool zeros(std::string_view s) {
  return s.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

void trace_id_of(std::string_view parent, std::string& trace_id, std::string& flags) {
  trace_id.clear();
  const bool shaped = parent.size() >= 55 && parent[2] == '-' && parent[35] == '-' &&
                      parent[52] == '-' && lower_hex(parent.substr(0, 2)) &&
                      parent.substr(0, 2) != "ff" &&
                      (parent.size() == 55 || (parent.substr(0, 2) != "00" && parent[55] == '-'));
  if (shaped) {
    const auto id = parent.substr(3, 32), span = parent.substr(36, 16), bits = parent.substr(53, 2);
    if (lower_hex(id) && lower_hex(span) && lower_hex(bits) && !zeros(id) && !zeros(span)) {
      trace_id = id;
      flags = bits;
      return;
    }
  }
  append_hex(random_64() | 1, trace_id);
  append_hex(random_64(), trace_id);
  flags = "01";
}

void append_traceparent(std::string_view trace_id, std::string_view flags, std::string& out) {
  out += "00-";
  out += trace_id;
  out += '-';
  append_hex(random_64() | 1, out);
  out += '-';
  out += flags;
}

bool presentable_request_id(std::string_view id) {
  if (id.empty() || id.size() > 128) return false;
  for (const char c : id)
    if (c < 0x21 || c > 0x7e) return false;
  return true;
}

}  // namespace atrium::http
