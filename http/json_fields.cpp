#include "http/json_fields.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "domain/text.hpp"

namespace atrium::http {
namespace {

using kind = json_value::kind;

std::string_view name_of(kind k) {
  switch (k) {
    case kind::null:
      return "null";
    case kind::boolean:
      return "true or false";
    case kind::integer:
      return "a whole number";
    case kind::fraction:
      return "a number";
    case kind::string:
      return "text";
    case kind::array:
      return "a list";
    case kind::object:
      return "an object";
  }
  return "something else";
}

/// Cuts at a character boundary.
std::string shortened(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return std::string(text.substr(0, most)) + "...";
}

bool has_control(std::string_view text, bool lines) {
  return std::any_of(text.begin(), text.end(), [lines](char c) {
    if (lines && (c == '\n' || c == '\t' || c == '\r')) return false;
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
}

std::string range_text(std::int64_t least, std::int64_t most) {
  return std::to_string(least) + ".." + std::to_string(most);
}

}  // namespace

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string describe(json_value v) {
  switch (v.type()) {
    case kind::boolean:
      return v.boolean() ? "true" : "false";
    case kind::integer:
      return std::to_string(v.integer());
    case kind::fraction: {
      char text[40];
      std::snprintf(text, sizeof text, "%g", v.number());
      return text;
    }
    case kind::string:
      return shortened(v.text(), 80);
    default:
      return std::string(name_of(v.type()));
  }
}

failure invalid(std::vector<violation> violations) {
  return atrium::invalid("The request", std::move(violations));
}

fields::fields(json_value value, std::string pointer, std::vector<violation>& out)
    : value_(value),
      is_object_(value.type() == kind::object),
      pointer_(std::move(pointer)),
      out_(out) {
  if (!is_object_) out_.push_back({"type", "an object", describe(value), pointer_});
}

std::string fields::pointer_of(std::string_view name) const {
  return pointer_ + "/" + pointer_token(name);
}

void fields::add(std::string_view name, std::string rule, std::string limit, std::string actual) {
  out_.push_back({std::move(rule), std::move(limit), std::move(actual), pointer_of(name)});
}

bool fields::has(std::string_view name) const {
  return is_object_ && value_.find(name).has_value();
}

bool fields::is_null(std::string_view name) {
  if (!is_object_) return false;
  const auto v = value_.find(name);
  if (!v || v->type() != kind::null) return false;
  known_.push_back(name);
  return true;
}

std::optional<json_value> fields::get(std::string_view name, kind want, need n) {
  if (!is_object_) return {};
  known_.push_back(name);
  const auto v = value_.find(name);
  if (!v) {
    if (n == need::required) add(name, "required", std::string(name_of(want)), "nothing");
    return {};
  }
  if (v->type() != want) {
    const bool is_text = v->type() == kind::string;
    add(name, "type", std::string(name_of(want)),
        is_text ? "the text \"" + describe(*v) + "\"" : describe(*v));
    return {};
  }
  return v;
}

std::optional<std::string> fields::text(std::string_view name, std::size_t least, std::size_t most,
                                        need n, bool lines) {
  const auto v = get(name, kind::string, n);
  if (!v) return {};
  const auto s = v->text();
  const auto length = count_characters(s);
  if (length < least || length > most) {
    add(name, "length",
        range_text(static_cast<std::int64_t>(least), static_cast<std::int64_t>(most)) +
            " characters",
        std::to_string(length) + " characters");
    return {};
  }
  if (has_control(s, lines)) {
    add(name, "characters", "no control characters", "a control character");
    return {};
  }
  return std::string(s);
}

std::optional<std::int64_t> fields::integer(std::string_view name, std::int64_t least,
                                            std::int64_t most, need n) {
  const auto v = get(name, kind::integer, n);
  if (!v) return {};
  const auto i = v->integer();
  if (i >= least && i <= most) return i;
  add(name, "range", range_text(least, most), std::to_string(i));
  return {};
}

std::optional<std::int64_t> fields::hundredths(std::string_view name, std::int64_t least,
                                               std::int64_t most, need n) {
  const auto given = is_object_ ? value_.find(name) : std::nullopt;
  const bool is_fraction = given && given->type() == kind::fraction;
  const auto v = get(name, is_fraction ? kind::fraction : kind::integer, n);
  if (!v) return {};
  const double scaled = v->number() * 100;
  const double whole = std::nearbyint(scaled);
  const bool is_exact = std::abs(scaled - whole) < 1e-6;
  if (is_exact && v->number() >= static_cast<double>(least) &&
      v->number() <= static_cast<double>(most))
    return static_cast<std::int64_t>(whole);
  add(name, "range", range_text(least, most) + " with at most two decimals", describe(*v));
  return {};
}

std::optional<bool> fields::boolean(std::string_view name, need n) {
  const auto v = get(name, kind::boolean, n);
  if (!v) return {};
  return v->boolean();
}

std::optional<instant> fields::when(std::string_view name, need n) {
  const auto v = get(name, kind::string, n);
  if (!v) return {};
  if (const auto t = parse_instant(v->text())) return t;
  add(name, "instant", "RFC 3339 with an offset or Z, e.g. 2026-11-22T09:00:00+09:00",
      describe(*v));
  return {};
}

std::optional<json_value> fields::object(std::string_view name, need n) {
  return get(name, kind::object, n);
}

std::optional<json_value> fields::array(std::string_view name, std::size_t most, need n) {
  const auto v = get(name, kind::array, n);
  if (!v) return {};
  if (v->size() <= most) return v;
  add(name, "length", "at most " + std::to_string(most) + " entries",
      std::to_string(v->size()) + " entries");
  return {};
}

std::optional<interval> fields::slot(need n) {
  const auto start = when("start", n);
  const auto end = when("end", n);
  if (!start || !end) return {};
  if (*end > *start) return interval{*start, *end};
  add("end", "order", "after the start " + format_instant(*start), format_instant(*end));
  return {};
}

void fields::finish() {
  if (!is_object_) return;
  std::string all;
  for (const auto name : known_) all += (all.empty() ? "one of " : ", ") + std::string(name);
  value_.each_member([&](std::string_view name, json_value) {
    if (out_.size() >= max_violations) return;
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) return;
    out_.push_back({"unknown-field", all, "a field \"" + shortened(name, 80) + "\"",
                    pointer_of(shortened(name, 80))});
  });
}

std::optional<money> read_money(json_value value, std::string pointer, std::vector<violation>& out,
                                const money* base) {
  const auto before = out.size();
  const auto need = base ? fields::need::optional : fields::need::required;
  fields f(value, std::move(pointer), out);
  const auto amount = f.integer("amount", 0, 1'000'000'000'000, need);
  const auto currency = f.text("currency", 3, 3, need);
  if (currency && !minor_unit_digits(*currency))
    f.add("currency", "currency", "an ISO 4217 code, e.g. KRW, EUR, USD", *currency);
  f.finish();
  if (out.size() != before) return {};
  money m = base ? *base : money{};
  if (amount) m.amount = *amount;
  if (currency) m.currency = *currency;
  return m;
}

}  // namespace atrium::http
