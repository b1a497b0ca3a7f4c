#include "http/json.hpp"

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <utility>
#include <vector>

#include "persistence/document_text.hpp"

namespace atrium::http {
namespace {

namespace rj = rapidjson;
using node = rj::Value;

/// Sits between the reader and the document builder and stops the reader before anything too deep
/// or unrepresentable is built.
template <class Sink>
class strict_sink {
 public:
  explicit strict_sink(Sink& sink) : sink_(sink) {}
  std::string_view complaint() const { return complaint_; }

  bool Null() { return sink_.Null(); }
  bool Bool(bool b) { return sink_.Bool(b); }
  bool Int(int i) { return sink_.Int64(i); }
  bool Uint(unsigned u) { return sink_.Int64(u); }
  bool Int64(std::int64_t i) {
    if (i > max_json_integer || i < -max_json_integer) return refuse_integer();
    return sink_.Int64(i);
  }
  bool Uint64(std::uint64_t u) {
    if (u > static_cast<std::uint64_t>(max_json_integer)) return refuse_integer();
    return sink_.Int64(static_cast<std::int64_t>(u));
  }
  bool Double(double d) {
    if (std::fabs(d) > static_cast<double>(max_json_integer)) return refuse_integer();
    return sink_.Double(d);
  }
  bool RawNumber(const char*, rj::SizeType, bool) { return false; }
  bool String(const char* s, rj::SizeType n, bool copy) {
    return check_text({s, n}) && sink_.String(s, n, copy);
  }
  bool Key(const char* s, rj::SizeType n, bool copy) {
    return check_text({s, n}) && sink_.Key(s, n, copy);
  }
  bool StartObject() { return deeper() && sink_.StartObject(); }
  bool EndObject(rj::SizeType n) { return --depth_, sink_.EndObject(n); }
  bool StartArray() { return deeper() && sink_.StartArray(); }
  bool EndArray(rj::SizeType n) { return --depth_, sink_.EndArray(n); }

 private:
  bool deeper() {
    if (++depth_ <= max_json_depth) return true;
    complaint_ = "it is nested deeper than 32 levels";
    return false;
  }
  bool refuse_integer() {
    complaint_ =
        "a number is beyond 2^53 and cannot be kept exactly; send it as text or make it smaller";
    return false;
  }
  bool check_text(std::string_view s) {
    // RapidJSON would validate raw bytes, but lets an escaped lone low surrogate through.
    if (is_valid_utf8(s)) return true;
    complaint_ = "a string is not valid UTF-8 or holds a lone surrogate";
    return false;
  }

  Sink& sink_;
  std::size_t depth_ = 0;
  std::string_view complaint_;
};

constexpr std::size_t no_byte = SIZE_MAX;

failure malformed(std::string_view what, std::size_t byte) {
  std::string text = "The body is not acceptable JSON: ";
  text.append(what);
  if (text.back() == '.') text.pop_back();
  if (byte != no_byte) text += " (near byte " + std::to_string(byte) + ")";
  text += ". Correct the body and send it again.";
  return failure{.code = ec::malformed, .detail = std::move(text)};
}

std::string_view name_of(const node::Member& m) {
  return {m.name.GetString(), m.name.GetStringLength()};
}

/// Depth is bounded by the sink, so recursion is too.
std::optional<std::string> find_duplicate(const node& v) {
  if (v.IsArray()) {
    for (const auto& item : v.GetArray())
      if (auto d = find_duplicate(item)) return d;
    return {};
  }
  if (!v.IsObject()) return {};
  std::vector<std::string_view> names;
  names.reserve(v.MemberCount());
  for (const auto& m : v.GetObject()) {
    names.push_back(name_of(m));
    if (m.value.IsObject() || m.value.IsArray())
      if (auto d = find_duplicate(m.value)) return d;
  }
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end()) return {};
  return std::string(*twice);
}

void write_number(std::string& out, double d) {
  if (d == std::trunc(d)) {
    text::append_integer(out, static_cast<std::int64_t>(d));  // within 2^53: the sink saw to it
    return;
  }
  char digits[40];
  const int n = std::snprintf(digits, sizeof digits, "%.17g", d);
  out.append(digits, static_cast<std::size_t>(n));
}

void write_canonical(std::string& out, const node& v) {
  switch (v.GetType()) {
    case rj::kNullType:
      out += "null";
      return;
    case rj::kFalseType:
      out += "false";
      return;
    case rj::kTrueType:
      out += "true";
      return;
    case rj::kStringType:
      return text::append_quoted(out, {v.GetString(), v.GetStringLength()});
    case rj::kNumberType:
      return v.IsInt64() ? text::append_integer(out, v.GetInt64())
                         : write_number(out, v.GetDouble());
    case rj::kArrayType: {
      char separator = '[';
      for (const auto& item : v.GetArray()) {
        out += std::exchange(separator, ',');
        write_canonical(out, item);
      }
      out += v.Empty() ? "[]" : "]";
      return;
    }
    case rj::kObjectType:
      break;
  }
  std::vector<const node::Member*> members;
  members.reserve(v.MemberCount());
  for (const auto& m : v.GetObject()) members.push_back(&m);
  std::sort(members.begin(), members.end(),
            [](const auto* a, const auto* b) { return name_of(*a) < name_of(*b); });
  char separator = '{';
  for (const auto* m : members) {
    out += std::exchange(separator, ',');
    text::append_quoted(out, name_of(*m));
    out += ':';
    write_canonical(out, m->value);
  }
  out += members.empty() ? "{}" : "}";
}

const node& as_node(const void* p) {
  return *static_cast<const node*>(p);
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = p + text.size();
  while (p < end) {
    const unsigned char lead = *p;
    if (lead < 0x80) {
      ++p;
      continue;
    }
    const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if (lead < 0xC2 || lead > 0xF4 || end - p <= more) return false;
    // The second byte excludes overlong forms, surrogates and anything past U+10FFFF.
    const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (p[1] < low || p[1] > high) return false;
    for (int i = 2; i <= more; ++i)
      if ((p[i] & 0xC0) != 0x80) return false;
    p += more + 1;
  }
  return true;
}

std::string pointer_token(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  for (const char c : name) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

/// Texts are parsed where they stand in a copy of the body; what usual bodies need besides has its
/// place here, too.
struct json_document::impl {
  explicit impl(std::string_view body) : text(body) {}

  static constexpr std::size_t usual_bytes = 2048;
  std::string text;
  alignas(std::max_align_t) char memory[usual_bytes];
  rj::MemoryPoolAllocator<> pool{memory, sizeof memory};
  rj::Document doc{&pool, usual_bytes / 2};
};

json_document::json_document(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
json_document::json_document(json_document&&) noexcept = default;
json_document& json_document::operator=(json_document&&) noexcept = default;
json_document::~json_document() = default;

result<json_document> json_document::parse(std::string_view text) {
  if (text.size() > max_json_bytes) return malformed("it is larger than 1 MiB", max_json_bytes);
  // MemoryStream reports its end as NUL, so a NUL inside would cut the body silently.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos)
    return malformed("it holds a NUL byte", nul);

  auto made = std::make_unique<impl>(text);
  rj::Reader reader;
  std::string_view complaint;
  std::size_t byte = 0;
  bool ok = false;
  const auto generate = [&](rj::Document& sink) {
    // The sink checks the encoding, and the depth before the parser's recursion gets there.
    constexpr unsigned flags = rj::kParseInsituFlag;
    rj::InsituStringStream stream(made->text.data());
    strict_sink<rj::Document> guard(sink);
    const rj::ParseResult r = reader.Parse<flags>(stream, guard);
    ok = !r.IsError();
    complaint = guard.complaint();
    byte = r.Offset();
    return ok;
  };
  made->doc.Populate(generate);
  if (!ok) {
    if (complaint.empty()) complaint = rj::GetParseError_En(reader.GetParseErrorCode());
    return malformed(complaint, byte);
  }
  if (const auto name = find_duplicate(made->doc))
    return malformed("the member \"" + name->substr(0, 80) + "\" appears twice", no_byte);
  return json_document(std::move(made));
}

json_value json_document::root() const {
  const node& v = impl_->doc;
  return json_value(&v);
}

std::string json_document::canonical() const {
  std::string out;
  out.reserve(impl_->text.size());
  write_canonical(out, impl_->doc);
  return out;
}

json_value::kind json_value::type() const {
  const node& v = as_node(node_);
  switch (v.GetType()) {
    case rj::kNullType:
      return kind::null;
    case rj::kFalseType:
    case rj::kTrueType:
      return kind::boolean;
    case rj::kStringType:
      return kind::string;
    case rj::kArrayType:
      return kind::array;
    case rj::kObjectType:
      return kind::object;
    case rj::kNumberType:
      break;
  }
  // 4.0 is the integer 4: JSON numbers have no integer type of their own.
  if (v.IsInt64() || v.GetDouble() == std::trunc(v.GetDouble())) return kind::integer;
  return kind::fraction;
}

bool json_value::boolean() const {
  return as_node(node_).GetBool();
}
std::int64_t json_value::integer() const {
  const node& v = as_node(node_);
  return v.IsInt64() ? v.GetInt64() : static_cast<std::int64_t>(v.GetDouble());
}
double json_value::number() const {
  return as_node(node_).GetDouble();
}
std::string_view json_value::text() const {
  const node& v = as_node(node_);
  return {v.GetString(), v.GetStringLength()};
}
std::size_t json_value::size() const {
  const node& v = as_node(node_);
  return v.IsArray() ? v.Size() : v.MemberCount();
}
json_value json_value::at(std::size_t index) const {
  return json_value(&as_node(node_)[static_cast<rj::SizeType>(index)]);
}

std::optional<json_value> json_value::find(std::string_view name) const {
  for (const auto& m : as_node(node_).GetObject())
    if (name_of(m) == name) return json_value(&m.value);
  return {};
}

void json_value::each_member(const std::function<void(std::string_view, json_value)>& visit) const {
  for (const auto& m : as_node(node_).GetObject()) visit(name_of(m), json_value(&m.value));
}

}  // namespace atrium::http
