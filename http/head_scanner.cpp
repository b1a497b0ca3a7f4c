#include "http/head_scanner.hpp"

#include <array>
#include <limits>

#include "http/target.hpp"

namespace atrium::http {
namespace {

using kind = head_verdict::kind;

head_verdict refuse(int status, std::string_view type, std::string_view detail) {
  return {kind::refuse, 0, {}, status, type, detail};
}
head_verdict malformed(std::string_view detail) {
  return refuse(400, "malformed", detail);
}

/// Character classes of RFC 9110: token for names, field for values (tab allowed), line for the
/// request line (no tab, ASCII only).
enum : unsigned char { in_token = 1, in_field = 2, in_line = 4, in_host = 8 };

constexpr std::array<unsigned char, 256> make_classes() {
  std::array<unsigned char, 256> t{};
  for (int c = 0x20; c <= 0x7e; ++c) t[c] |= in_field | in_line;
  for (int c = 0x80; c <= 0xff; ++c) t[c] |= in_field;
  t['\t'] |= in_field;
  for (int c = '0'; c <= '9'; ++c) t[c] |= in_token | in_host;
  for (int c = 'a'; c <= 'z'; ++c) t[c] |= in_token | in_host;
  for (int c = 'A'; c <= 'Z'; ++c) t[c] |= in_token | in_host;
  for (char c : std::string_view("!#$%&'*+-.^_`|~")) t[static_cast<unsigned char>(c)] |= in_token;
  for (char c : std::string_view("-._~%!$&'()*+,;=:[]"))
    t[static_cast<unsigned char>(c)] |= in_host;
  return t;
}
constexpr auto classes = make_classes();

bool all(std::string_view s, unsigned char wanted) {
  for (const char c : s)
    if (!(classes[static_cast<unsigned char>(c)] & wanted)) return false;
  return true;
}

bool same(std::string_view a, std::string_view lower) {
  if (a.size() != lower.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const char c = a[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c) != lower[i]) return false;
  }
  return true;
}

std::string_view trim(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

/// Calls `f` for each element of a comma-separated list, empty ones included.
template <class F>
void each_element(std::string_view list, F f) {
  for (;;) {
    const auto comma = list.find(',');
    f(trim(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

/// What was seen of the fields that decide how the message is framed.
struct framing {
  std::size_t hosts = 0, lengths = 0;
  bool bad_host = false, bad_length = false, other_expectation = false;
  bool encoded = false, bad_coding = false, unknown_coding = false;
  bool close = false, keep = false;
};

void note_length(std::string_view value, framing& seen, head_facts& facts) {
  ++seen.lengths;
  std::uint64_t n = 0;
  if (value.empty()) seen.bad_length = true;
  for (const char c : value) {
    if (c < '0' || c > '9') {
      seen.bad_length = true;
      return;
    }
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    const auto digit = static_cast<std::uint64_t>(c - '0');
    n = n > (most - digit) / 10 ? most : n * 10 + digit;
  }
  facts.content_length = n;
}

void note_coding(std::string_view value, framing& seen, head_facts& facts) {
  seen.encoded = true;
  each_element(value, [&](std::string_view coding) {
    if (same(coding, "chunked")) {
      if (facts.chunked) seen.bad_coding = true;  // applied twice, or in two fields
      facts.chunked = true;
    } else if (coding.empty() || !all(coding, in_token)) {
      seen.bad_coding = true;
    } else {
      seen.unknown_coding = true;
    }
  });
}

void note_first(std::string_view value, std::string_view& to) {
  if (to.data() == nullptr) to = value;
}

void note_field(std::string_view name, std::string_view value, framing& seen, head_facts& facts) {
  switch (name.size()) {
    case 4:
      if (same(name, "host")) {
        ++seen.hosts;
        if (value.empty() || !all(value, in_host)) seen.bad_host = true;
      }
      break;
    case 6:
      if (same(name, "expect")) {
        if (same(value, "100-continue"))
          facts.expect_continue = true;
        else
          seen.other_expectation = true;
      }
      break;
    case 10:
      if (same(name, "connection"))
        each_element(value, [&](std::string_view option) {
          if (same(option, "close")) seen.close = true;
          if (same(option, "keep-alive")) seen.keep = true;
        });
      break;
    case 11:
      if (same(name, "traceparent")) note_first(value, facts.traceparent);
      break;
    case 12:
      if (same(name, "x-request-id")) note_first(value, facts.request_id);
      break;
    case 13:
      if (same(name, "authorization")) note_first(value, facts.authorization);
      break;
    case 15:
      if (same(name, "accept-language")) note_first(value, facts.accept_language);
      break;
    case 14:
      if (same(name, "content-length")) note_length(value, seen, facts);
      break;
    case 17:
      if (same(name, "transfer-encoding")) note_coding(value, seen, facts);
      break;
    default:
      break;
  }
}

std::optional<verb> known_method(std::string_view m) {
  if (m == "GET") return verb::get;
  if (m == "POST") return verb::post;
  if (m == "HEAD") return verb::head;
  if (m == "PUT") return verb::put;
  if (m == "PATCH") return verb::patch;
  if (m == "DELETE") return verb::delete_;
  if (m == "OPTIONS") return verb::options;
  return {};
}

std::optional<head_verdict> check_target(std::string_view target, verb method) {
  if (target == "*") {
    if (method == verb::options) return {};
    return malformed("The request target * is only for OPTIONS.");
  }
  const auto path = origin_form(target);
  if (path.empty())
    return malformed("The request target is neither a path nor an absolute http URI.");
  if (target.find('#') != std::string_view::npos)
    return malformed("The request target contains a fragment (#); send only path and query.");
  if (!well_encoded(path))
    return malformed("The request target has a bad percent-encoding; write % as %25.");
  return {};
}

/// Reads `METHOD SP target SP HTTP/1.x`. Nothing when it is well.
std::optional<head_verdict> read_request_line(std::string_view line, const head_limits& limits,
                                              head_facts& facts) {
  const auto one = line.find(' ');
  const auto two = one == std::string_view::npos ? one : line.find(' ', one + 1);
  if (two == std::string_view::npos)
    return malformed("The request line is not \"METHOD target HTTP/1.1\".");
  const auto method = line.substr(0, one);
  const auto version = line.substr(two + 1);
  facts.target = line.substr(one + 1, two - one - 1);
  if (method.empty() || !all(method, in_token)) return malformed("The method is not a token.");
  if (facts.target.empty()) return malformed("The request target is empty.");
  if (facts.target.size() > limits.target_bytes)
    return refuse(414, "target-too-long", "The request target is longer than 4096 bytes.");
  const bool shaped = version.size() == 8 && version.substr(0, 5) == "HTTP/" && version[5] >= '0' &&
                      version[5] <= '9' && version[6] == '.' && version[7] >= '0' &&
                      version[7] <= '9';
  if (!shaped) return malformed("The request line does not end in HTTP/1.1.");
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return refuse(505, "version-not-supported", "Speak HTTP/1.1 (or HTTP/1.0) to this server.");
  facts.minor_version = version[7] - '0';
  const auto known = known_method(method);
  if (!known)
    return refuse(
        501, "not-implemented",
        "This method is not implemented; use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS.");
  facts.method = *known;
  return check_target(facts.target, *known);
}

/// Early judgement of a line whose end has not come yet.
head_verdict judge_partial(std::string_view bytes, std::size_t line_start, bool request_line,
                           const head_limits& limits) {
  auto line = bytes.substr(line_start);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (!all(line, request_line ? in_line : in_field))
    return malformed("The head contains a control character or a bare CR.");
  if (request_line) {
    const auto space = line.find(' ');
    if (space != std::string_view::npos) {
      const auto target = line.substr(space + 1);
      if (target.substr(0, target.find(' ')).size() > limits.target_bytes)
        return refuse(414, "target-too-long", "The request target is longer than 4096 bytes.");
    }
  } else if (!line.empty() && (line.front() == ' ' || line.front() == '\t')) {
    return malformed("A header field is folded over two lines (obs-fold).");
  }
  if (bytes.size() >= limits.head_bytes)
    return refuse(431, "header-too-large", "The request head is longer than 8192 bytes.");
  return {};
}

std::optional<head_verdict> read_field(std::string_view line, framing& seen, head_facts& facts) {
  if (line.front() == ' ' || line.front() == '\t')
    return malformed("A header field is folded over two lines (obs-fold).");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return malformed("A header field has no colon.");
  const auto name = line.substr(0, colon);
  if (name.empty()) return malformed("A header field has an empty name.");
  if (!all(name, in_token))
    return malformed(
        "A header name has a character that is not allowed (a space before the colon?).");
  const auto value = trim(line.substr(colon + 1));
  if (!all(value, in_field)) return malformed("A header value contains a control character.");
  note_field(name, value, seen, facts);
  return {};
}

/// What can only be said once all fields were seen, gravest first.
head_verdict conclude(const framing& seen, head_facts facts, std::size_t length) {
  if (seen.hosts > 1) return malformed("There are several Host fields.");
  if (seen.hosts == 0 && facts.minor_version == 1) return malformed("The Host field is missing.");
  if (seen.bad_host) return malformed("The Host field is not a host with an optional port.");
  if (seen.encoded && seen.lengths > 0)
    return malformed("Content-Length and Transfer-Encoding are both present.");
  if (seen.lengths > 1) return malformed("There are several Content-Length fields.");
  if (seen.bad_length) return malformed("Content-Length is not a decimal number.");
  if (seen.bad_coding) return malformed("Transfer-Encoding is not well formed.");
  if (seen.encoded && facts.minor_version == 0)
    return malformed("Transfer-Encoding is not part of HTTP/1.0.");
  if (seen.unknown_coding)
    return refuse(501, "not-implemented", "The only transfer coding implemented is chunked.");
  if (facts.minor_version == 0) {
    facts.expect_continue = false;  // RFC 9110, 10.1.1: ignored from a 1.0 client
    facts.keep_alive = seen.keep && !seen.close;
  } else {
    if (seen.other_expectation)
      return refuse(417, "expectation-failed", "The only expectation understood is 100-continue.");
    facts.keep_alive = !seen.close;
  }
  return {kind::complete, length, facts, 0, {}, {}};
}

}  // namespace

head_verdict scan_head(std::string_view bytes, const head_limits& limits) {
  head_facts facts;
  framing seen;
  if (bytes == "\r") return {};
  if (bytes.substr(0, 2) == "\r\n") facts.start = 2;
  std::size_t at = facts.start;
  std::size_t fields = 0;
  for (bool request_line = true;; request_line = false) {
    const auto end = bytes.find('\n', at);
    if (end == std::string_view::npos) return judge_partial(bytes, at, request_line, limits);
    if (end == at || bytes[end - 1] != '\r')
      return malformed("A line ends in a bare LF; lines end in CR LF.");
    const auto line = bytes.substr(at, end - 1 - at);
    at = end + 1;
    if (request_line) {
      if (!all(line, in_line))
        return malformed("The request line contains a control character or a byte beyond ASCII.");
      if (auto bad = read_request_line(line, limits, facts)) return *bad;
    }
    if (at > limits.head_bytes)
      return refuse(431, "header-too-large", "The request head is longer than 8192 bytes.");
    if (request_line) continue;
    if (line.empty()) return conclude(seen, facts, at);
    if (++fields > limits.fields)
      return refuse(431, "header-too-large", "The request has more than 100 header fields.");
    if (auto bad = read_field(line, seen, facts)) return *bad;
  }
}

}  // namespace atrium::http
