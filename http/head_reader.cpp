#include "http/head_reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "http/target.hpp"

namespace atrium::http {
namespace {

namespace beast = boost::beast;

/// Beast's tokenizer without its field container, which allocates for each field.
class reader final : public beast::http::basic_parser<true> {
 public:
  explicit reader(request& r) : request_(r) { body_limit(boost::none); }

  std::size_t fields() const { return fields_; }
  int version() const { return version_; }

 private:
  using error_code = beast::error_code;
  using text = beast::string_view;

  void on_request_impl(beast::http::verb, text, text target, int version, error_code&) override {
    request_.target.assign(target.data(), target.size());
    version_ = version;
  }
  void on_field_impl(beast::http::field, text name, text value, error_code&) override {
    auto& headers = request_.headers;
    if (fields_ == headers.size()) headers.emplace_back();
    auto& [to_name, to_value] = headers[fields_++];
    to_name.resize(name.size());
    for (std::size_t i = 0; i < name.size(); ++i) {
      const char c = name[i];
      to_name[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    }
    to_value.assign(value.data(), value.size());
  }
  void on_response_impl(int, text, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(text body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, text body, error_code&) override {
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  request& request_;
  std::size_t fields_ = 0;
  int version_ = 0;
};

}  // namespace

bool read_request_head(std::string_view head, const head_facts& facts, request& r) {
  reader parser(r);
  beast::error_code e;
  const auto used = parser.put(boost::asio::const_buffer(head.data(), head.size()), e);
  if (e || used != head.size() || !parser.is_header_done()) return false;
  r.headers.resize(parser.fields());
  r.method = facts.method;
  r.body.clear();
  const bool same_length = facts.content_length ? parser.content_length() == *facts.content_length
                                                : !parser.content_length();
  if (!same_length || parser.chunked() != facts.chunked ||
      parser.version() != 10 + facts.minor_version || r.target != facts.target)
    return false;
  const auto [path, query] = split_query(origin_form(r.target));
  percent_decode(path.empty() ? "/" : path, false, r.path);
  parse_query(query, r.query);
  return true;
}

}  // namespace atrium::http
