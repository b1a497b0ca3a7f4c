#include "http/routes_common.hpp"

#include <atomic>
#include <charconv>
#include <cstring>

#include "domain/text.hpp"
#include "http/json_fields.hpp"

namespace atrium::http {
namespace {

/// 64-bit checksum, eight bytes a step; tells versions of one document apart, no secret in it.
std::uint64_t checksum(std::string_view body) {
  std::uint64_t h = 0x9E3779B97F4A7C15ull ^ body.size();
  const auto mix = [&h](std::uint64_t word) {
    h = (h ^ word) * 0xFF51AFD7ED558CCDull;
    h ^= h >> 32;
  };
  for (; body.size() >= 8; body.remove_prefix(8)) {
    std::uint64_t word;
    std::memcpy(&word, body.data(), 8);
    mix(word);
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, body.data(), body.size());
  mix(rest);
  return h;
}

std::string hex(std::uint64_t v) {
  char text[16];
  const auto end = std::to_chars(text, text + 16, v, 16).ptr;
  return {text, end};
}

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

/// True when the header lists the tag; If-None-Match compares weakly (RFC 9110, 13.1.2).
bool lists_tag(std::string_view header, std::string_view tag) {
  while (!header.empty()) {
    const auto comma = header.find(',');
    auto one = trimmed(header.substr(0, comma));
    if (one.substr(0, 2) == "W/") one.remove_prefix(2);
    if (one == "*" || one == tag) return true;
    if (comma == std::string_view::npos) return false;
    header.remove_prefix(comma + 1);
  }
  return false;
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t v = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return v;
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
      continue;
    }
    constexpr std::string_view digits = "0123456789ABCDEF";
    out += '%';
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string next_link(const request& r, std::string_view next) {
  std::string url = r.path + "?";
  for (const auto& [name, value] : r.query)
    if (name != "cursor") url += percent_encoded(name) + "=" + percent_encoded(value) + "&";
  return "<" + url + "cursor=" + percent_encoded(next) + ">; rel=\"next\"";
}

failure not_yet_reached() {
  return {.code = ec::view_behind,
          .detail =
              "The read model has not yet reached the asked position. Repeat the request in a "
              "moment.",
          .retry_after_ms = 1'000};
}

}  // namespace

response json_answer(int status, std::string body) {
  response r;
  r.status = status;
  r.body = std::move(body);
  return r;
}

std::string etag_of(std::uint64_t version, std::string_view body) {
  // The version is what If-Match compares; the checksum covers parts that change without it
  // (ratings).
  return "\"" + (version ? std::to_string(version) + "-" : std::string()) + hex(checksum(body)) +
         "\"";
}

response document(const request& r, std::string body, std::uint64_t version) {
  auto tag = etag_of(version, body);
  response out = json_answer(200, {});
  const bool reading = r.method == verb::get || r.method == verb::head;
  if (const auto seen = r.header("if-none-match"); reading && !seen.empty() && lists_tag(seen, tag))
    out.status = 304;
  else
    out.body = std::move(body);
  out.headers.emplace_back("ETag", std::move(tag));
  out.headers.emplace_back("Cache-Control", "private, no-cache");
  return out;
}

std::string json_list(const std::vector<std::string>& items) {
  std::size_t size = 2 + items.size();
  for (const auto& i : items) size += i.size();
  std::string out;
  out.reserve(size);
  out += '[';
  for (const auto& i : items) {
    if (out.size() > 1) out += ',';
    out += i;
  }
  out += ']';
  return out;
}

response list_answer(const request& r, const std::vector<std::string>& items,
                     const std::string& next) {
  auto out = document(r, "{\"items\":" + json_list(items) +
                             ",\"nextCursor\":" + (next.empty() ? "null" : json_text(next)) + "}");
  if (!next.empty()) out.headers.emplace_back("Link", next_link(r, next));
  return out;
}

void add_position(response& r, std::uint64_t position) {
  if (position > 0) r.headers.emplace_back("Atrium-Position", std::to_string(position));
}

response created(std::string location, std::string body, std::uint64_t position,
                 std::uint64_t version) {
  response r = json_answer(201, std::move(body));
  r.headers.emplace_back("Location", std::move(location));
  r.headers.emplace_back("ETag", etag_of(version, r.body));
  add_position(r, position);
  return r;
}

response no_content(std::uint64_t position) {
  response r = json_answer(204, {});
  add_position(r, position);
  return r;
}

response refuse(ec code, std::string detail, const request& r) {
  return problem(failure{.code = code, .detail = std::move(detail)}, r);
}

response not_found(std::string_view what, const request& r) {
  return refuse(ec::not_found,
                "There is no such " + std::string(what) +
                    " here, or it is not yours to see. Check the id in the address.",
                r);
}

response view_behind(const request& r) {
  return problem(not_yet_reached(), r);
}

result<std::uint64_t> if_match(const request& r) {
  auto tag = trimmed(r.header("if-match"));
  if (tag.empty())
    return failure{.code = ec::precondition_required,
                   .detail =
                       "Send If-Match with the ETag of the version you have seen (GET answers with "
                       "it), or If-Match: * to act on any version."};
  if (tag == "*") return std::uint64_t{0};
  const failure stale{
      .code = ec::precondition_failed,
      .detail =
          "The ETag in If-Match is not the current one: somebody changed this in the "
          "meantime. GET it again, then repeat the change."};
  if (tag.size() < 3 || tag.front() != '"' || tag.back() != '"') return stale;
  tag = tag.substr(1, tag.size() - 2);
  const auto version = number_of(tag.substr(0, tag.find('-')));
  if (!version || *version == 0) return stale;
  return *version;
}

void when_reached(api_context& c, const responder_ptr& out, std::uint64_t position,
                  std::function<void()> then, std::function<void(const failure&)> late) {
  if (c.read.position() >= position) return then();
  const auto taken = std::make_shared<std::atomic<bool>>(false);
  // `ready` comes on the follower's thread, which must not do our reading: hop to the connection's.
  auto place = c.read.when_reached(position, [taken, out, then = std::move(then)] {
    out->after(std::chrono::milliseconds(0), [taken, then] {
      if (!taken->exchange(true)) then();
    });
  });
  if (!place) return late(place.error());
  // The place lives as long as the timer: a request that is answered or gone waits no longer.
  const auto kept = std::make_shared<view::waiters::place>(std::move(*place));
  out->after(view_wait, [taken, kept, late = std::move(late)] {
    if (!taken->exchange(true)) late(not_yet_reached());
  });
}

handler read_after_min_position(api_context& c, handler f) {
  return [&c, f = std::move(f)](const request_ptr& r, const responder_ptr& out) {
    const auto wanted = r->header("atrium-min-position");
    if (wanted.empty()) return f(r, out);
    const auto position = number_of(wanted);
    if (!position)
      return out->send(refuse(ec::malformed,
                              "Atrium-Min-Position must be the number a write answered in "
                              "Atrium-Position.",
                              *r));
    when_reached(
        c, out, *position, [f, r, out] { f(r, out); },
        [r, out](const failure& why) { out->send(problem(why, *r)); });
  };
}

handler read_handler(api_context& c, std::function<response(const request&)> f) {
  return read_after_min_position(
      c, [&c, f = std::move(f)](const request_ptr& r, const responder_ptr& out) {
        auto answer = f(*r);
        if (answer.status != 404 || c.read.position() >= c.log.durable_position())
          return out->send(std::move(answer));
        // Somebody may ask for what was written a moment ago: only a current read model says no.
        when_current(c, r, out, [f, r, out] { out->send(f(*r)); });
      });
}

void when_current(api_context& c, const request_ptr& r, const responder_ptr& out,
                  std::function<void()> then) {
  when_reached(c, out, c.log.durable_position(), std::move(then),
               [r, out](const failure& why) { out->send(problem(why, *r)); });
}

void answer_when_visible(api_context& c, const responder_ptr& out, std::uint64_t position,
                         std::function<std::optional<response>()> visible, response otherwise) {
  const auto fallback = std::make_shared<response>(std::move(otherwise));
  when_reached(
      c, out, position,
      [out, visible = std::move(visible), fallback] {
        auto shown = visible();
        out->send(shown ? std::move(*shown) : *fallback);
      },
      [out, fallback](const failure&) { out->send(*fallback); });
}

body_answer read_body(const request& r, bool merge_patch, bool optional) {
  if (optional && r.body.empty()) return {std::move(*json_document::parse("{}")), {}};
  auto type = r.header("content-type");
  type = trimmed(type.substr(0, type.find(';')));
  const bool json = type == "application/json";
  if (!json && !(merge_patch && type == "application/merge-patch+json"))
    return {{},
            edge_problem("unsupported-media-type",
                         merge_patch
                             ? "Send the change with Content-Type: application/merge-patch+json "
                               "or application/json."
                             : "Send the body with Content-Type: application/json.",
                         r)};
  if (r.body.size() > max_json_bytes)
    return {{},
            edge_problem("body-too-large", "A JSON body may have at most 1 MiB. Send less at once.",
                         r)};
  auto doc = json_document::parse(r.body);
  if (!doc) return {{}, problem(doc.error(), r)};
  return {std::move(*doc), {}};
}

command_context context_of(const api_context& c, const request& r) {
  return {r.caller.account, r.trace_id, c.clock.now() + command_wait, r.caller.is_operator()};
}

std::optional<std::string> query_reader::get(std::string_view name) {
  known_.push_back(name);
  std::optional<std::string> found;
  for (const auto& [key, value] : request_.query) {
    if (key != name) continue;
    if (found) {
      add(name, "unique", "given once", "given twice");
      return {};
    }
    found = value;
  }
  return found;
}

void query_reader::add(std::string_view name, std::string rule, std::string limit,
                       std::string actual) {
  if (actual.size() > 80) actual.resize(80);
  if (!is_valid_utf8(actual)) actual = "text that is not UTF-8";
  if (wrong_.size() < max_violations)
    wrong_.push_back(
        {std::move(rule), std::move(limit), std::move(actual), "?" + std::string(name)});
}

std::string query_reader::text(std::string_view name, std::size_t most) {
  auto v = get(name).value_or("");
  if (v.size() <= most && is_valid_utf8(v) && v.find('\0') == std::string::npos) return v;
  add(name, "text", "UTF-8 text of at most " + std::to_string(most) + " bytes", v);
  return {};
}

std::vector<std::string> query_reader::words(std::string_view name, std::size_t most) {
  known_.push_back(name);
  std::vector<std::string> out;
  for (const auto& [key, value] : request_.query) {
    if (key != name) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const auto comma = rest.find(',');
      if (const auto word = trimmed(rest.substr(0, comma)); !word.empty()) out.emplace_back(word);
      rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    }
  }
  if (out.size() <= most) return out;
  add(name, "length", "at most " + std::to_string(most) + " words", std::to_string(out.size()));
  return {};
}

std::optional<std::int64_t> query_reader::integer(std::string_view name, std::int64_t least,
                                                  std::int64_t most) {
  const auto v = get(name);
  if (!v) return {};
  std::int64_t i = 0;
  const auto [end, error] = std::from_chars(v->data(), v->data() + v->size(), i);
  if (error == std::errc{} && end == v->data() + v->size() && i >= least && i <= most) return i;
  add(name, "range", "a whole number " + std::to_string(least) + ".." + std::to_string(most), *v);
  return {};
}

std::optional<instant> query_reader::when(std::string_view name) {
  auto v = get(name);
  if (!v) return {};
  // "+09:00" sent without percent-encoding arrives as " 09:00".
  for (auto& c : *v)
    if (c == ' ') c = '+';
  if (const auto t = parse_instant(*v)) return t;
  add(name, "instant", "RFC 3339 with an offset or Z, e.g. 2026-11-22T09:00:00+09:00", *v);
  return {};
}

bool query_reader::flag(std::string_view name) {
  const auto v = get(name);
  if (!v || *v == "false") return false;
  if (*v != "true") add(name, "flag", "true or false", *v);
  return *v == "true";
}

std::size_t query_reader::limit(std::size_t fallback, std::size_t most) {
  return static_cast<std::size_t>(integer("limit", 1, static_cast<std::int64_t>(most))
                                      .value_or(static_cast<std::int64_t>(fallback)));
}

std::optional<response> query_reader::refusal() {
  std::string all;
  for (const auto k : known_) all += (all.empty() ? "one of " : ", ") + std::string(k);
  if (all.empty()) all = "nothing: this address takes no query";
  for (const auto& [name, value] : request_.query) {
    bool known = false;
    for (const auto k : known_) known = known || k == name;
    if (!known) add(name.substr(0, 80), "unknown-parameter", all, value);
  }
  if (wrong_.empty()) return {};
  return problem(atrium::invalid("The query of the address", std::move(wrong_)), request_);
}

}  // namespace atrium::http
