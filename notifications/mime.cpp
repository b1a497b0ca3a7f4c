#include "notifications/mime.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <ctime>

namespace atrium::mime {
namespace {

constexpr std::string_view crlf = "\r\n";
/// Bytes of text in one encoded word: 45 become 60 characters, within the 75 of RFC 2047.
constexpr std::size_t word_bytes = 45;

std::string base64(std::string_view bytes) {
  std::string out(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  out.resize(out.size() - 1);  // the terminating zero
  return out;
}

bool is_plain(unsigned char c) {
  return c >= 0x20 && c < 0x7f;
}

bool is_atom(unsigned char c) {
  return std::isalnum(c) != 0 ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(static_cast<char>(c)) !=
             std::string_view::npos;
}

/// Characters between single dots, none at either end.
template <class Allowed>
bool is_dotted(std::string_view text, Allowed allowed) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  if (text.find("..") != std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(),
                     [&](unsigned char c) { return c == '.' || allowed(c); });
}

/// The end of a piece of at most `most` bytes that cuts no character in two.
std::size_t cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text.size();
  while (most > 1 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  return most;
}

std::string encoded_words(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto size = cut(text, word_bytes);
    if (!out.empty()) out.append("\r\n ");
    out.append("=?UTF-8?B?").append(base64(text.substr(0, size))).append("?=");
    text.remove_prefix(size);
  }
  return out;
}

void append_part(std::string& out, const part& p) {
  out.append("Content-Type: ").append(p.type).append(crlf);
  out.append("Content-Transfer-Encoding: base64").append(crlf);
  if (!p.disposition.empty())
    out.append("Content-Disposition: ").append(p.disposition).append(crlf);
  out.append(crlf).append(base64_lines(p.body));
}

void append_multipart(std::string& out, const std::vector<part>& parts, std::string_view boundary) {
  out.append("Content-Type: multipart/alternative; boundary=\"").append(boundary).append("\"\r\n");
  out.append(crlf);
  for (const auto& p : parts) {
    out.append("--").append(boundary).append(crlf);
    append_part(out, p);
  }
  out.append("--").append(boundary).append("--\r\n");
}

}  // namespace

std::string header_text(std::string_view text) {
  constexpr std::size_t longest_plain = 60;
  const bool looks_encoded = text.find("=?") != std::string_view::npos;
  if (text.size() <= longest_plain && !looks_encoded &&
      std::all_of(text.begin(), text.end(), is_plain))
    return std::string(text);
  return encoded_words(text);
}

std::string mailbox(std::string_view name, std::string_view address) {
  if (name.empty()) return std::string(address);
  const bool is_words =
      name.size() <= 60 &&
      std::all_of(name.begin(), name.end(), [](unsigned char c) { return c == ' ' || is_atom(c); });
  // Everything else is encoded rather than quoted: nothing to escape, nothing to get wrong.
  std::string shown = is_words && name.find("=?") == std::string_view::npos ? std::string(name)
                                                                            : encoded_words(name);
  return shown.append(" <").append(address).append(">");
}

bool is_mailbox(std::string_view address) {
  constexpr std::size_t longest = 254, longest_local = 64;
  const auto at = address.rfind('@');
  if (at == std::string_view::npos || address.size() > longest || at > longest_local) return false;
  return is_dotted(address.substr(0, at), is_atom) &&
         is_dotted(address.substr(at + 1),
                   [](unsigned char c) { return c < 0x80 && (std::isalnum(c) != 0 || c == '-'); });
}

std::string base64_lines(std::string_view bytes) {
  constexpr std::size_t line_bytes = 57;  // 76 characters
  std::string out;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(line_bytes, bytes.size())))
    out.append(base64(bytes.substr(0, line_bytes))).append(crlf);
  return out;
}

std::string compose(const fields& head, const std::vector<part>& texts,
                    const std::vector<part>& attachments, std::string_view boundary) {
  std::string out;
  for (const auto& [name, value] : head) out.append(name).append(": ").append(value).append(crlf);
  out.append("MIME-Version: 1.0").append(crlf);
  const auto inner = std::string(boundary) + "-a";
  if (attachments.empty()) {
    append_multipart(out, texts, inner);
    return out;
  }
  const auto outer = std::string(boundary) + "-m";
  out.append("Content-Type: multipart/mixed; boundary=\"").append(outer).append("\"\r\n\r\n");
  out.append("--").append(outer).append(crlf);
  append_multipart(out, texts, inner);
  for (const auto& p : attachments) {
    out.append("--").append(outer).append(crlf);
    append_part(out, p);
  }
  out.append("--").append(outer).append("--\r\n");
  return out;
}

std::string date_text(long long unix_seconds) {
  // Not strftime's names: those follow the process's locale.
  static constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto when = static_cast<std::time_t>(unix_seconds);
  std::tm t{};
  ::gmtime_r(&when, &t);
  char out[64];
  std::snprintf(out, sizeof out, "%s, %02d %s %04d %02d:%02d:%02d +0000",
                days[static_cast<std::size_t>(t.tm_wday)], t.tm_mday,
                months[static_cast<std::size_t>(t.tm_mon)], t.tm_year + 1900, t.tm_hour, t.tm_min,
                t.tm_sec);
  return out;
}

}  // namespace atrium::mime
