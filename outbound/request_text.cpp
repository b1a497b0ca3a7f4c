#include "outbound/request_text.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>

namespace atrium::outbound {
namespace {

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
}

bool is_field_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return (c < ' ' && c != '\t') || c == 127; });
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

request_text::request_text(const origin& where, const origin_client::options& rules)
    : base_path_(where.base_path) {
  common_ = " HTTP/1.1\r\n";
  append_field(common_, "Host", where.authority);
  append_field(common_, "User-Agent", rules.user_agent);
  append_field(common_, "Accept", "*/*");
  for (const auto& [name, value] : rules.headers) {
    if (!is_visible(name) || !is_field_value(value))
      throw std::invalid_argument("the header " + name + " holds what HTTP forbids");
    append_field(common_, name, value);
  }
}

std::string request_text::of(const origin_call& call) const {
  bool is_fit = !call.method.empty() && is_visible(call.method) && is_visible(call.path);
  std::size_t bytes = call.method.size() + 1 + base_path_.size() + call.path.size() +
                      common_.size() + call.body.size() + 64;
  for (const auto& [name, value] : call.headers) {
    is_fit = is_fit && !name.empty() && is_visible(name) && is_field_value(value);
    bytes += name.size() + value.size() + 4;
  }
  std::string out;
  if (!is_fit) return out;
  out.reserve(bytes);
  out.append(call.method).append(" ").append(base_path_).append(call.path).append(common_);
  for (const auto& [name, value] : call.headers) append_field(out, name, value);
  if (!call.body.empty() || call.method == "POST")
    append_field(out, "Content-Length", std::to_string(call.body.size()));
  return out.append("\r\n").append(call.body);
}

}  // namespace atrium::outbound
