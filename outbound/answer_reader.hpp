#pragma once

#include <boost/beast/http/basic_parser.hpp>

#include <string>

#include "outbound/client.hpp"

/// Private to this folder.
namespace atrium::outbound {

/// Beast's parser, keeping of an answer what an `answer` has. What is longer than `most_bytes` is
/// read and forgotten.
class answer_reader final : public boost::beast::http::basic_parser<false> {
 public:
  explicit answer_reader(std::size_t most_bytes);

  /// Before the answer proper: 100 Continue and its like, with the next one behind it.
  bool is_interim() const { return status_ / 100 == 1; }
  int status() const { return status_; }
  std::string body;
  std::string retry_after;

 private:
  using error_code = boost::beast::error_code;
  using string_view = boost::beast::string_view;
  using field = boost::beast::http::field;
  using verb = boost::beast::http::verb;

  void on_request_impl(verb, string_view, string_view, int, error_code&) override {}
  void on_response_impl(int code, string_view, int, error_code&) override { status_ = code; }
  void on_field_impl(field name, string_view, string_view value, error_code&) override;
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view some, error_code&) override { return take(some); }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view some, error_code&) override {
    return take(some);
  }
  void on_finish_impl(error_code&) override {}
  std::size_t take(string_view some);

  const std::size_t most_bytes_;
  int status_ = 0;
};

}  // namespace atrium::outbound
