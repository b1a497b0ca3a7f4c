#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace atrium::http {

/// Takes the chunked transfer coding off a body, byte by byte and strictly (RFC 9112, 7.1): CR LF
/// line ends only, sizes of at most 15 hex digits, chunk extensions and trailers of at most 1 KiB
/// each message, both ignored. Own code rather than Beast's because Beast 1.81 asserts when the
/// last chunk's bytes arrive in two pieces, and because the limit must hold before a chunk is
/// received.
class chunk_decoder {
 public:
  enum class status : std::uint8_t { need_more, done, malformed, too_large };

  /// `limit`: most bytes of decoded body.
  explicit chunk_decoder(std::uint64_t limit) : left_(limit) {}

  /// Consumes from `in` (how much: `used`) and appends decoded bytes to `body`, when not null.
  /// After any answer but need_more it must not be called again.
  status feed(std::string_view in, std::size_t& used, std::string* body);

 private:
  enum class at : std::uint8_t {
    size_first,
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_first,
    trailer,
    trailer_lf,
    end_lf
  };
  status take(char c);
  status size_line_done();
  bool ignorable(char c);

  at at_ = at::size_first;
  std::uint64_t left_;
  std::uint64_t chunk_ = 0;
  unsigned digits_ = 0;
  unsigned ignored_ = 0;  // bytes of extensions and trailers
};

}  // namespace atrium::http
