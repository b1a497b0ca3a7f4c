#include "http/chunk_decoder.hpp"

#include <algorithm>

namespace atrium::http {
namespace {

constexpr unsigned most_digits = 15;
constexpr unsigned most_ignored = 1024;

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

chunk_decoder::status chunk_decoder::feed(std::string_view in, std::size_t& used,
                                          std::string* body) {
  used = 0;
  while (used < in.size()) {
    if (at_ == at::data) {
      const auto n = std::min<std::uint64_t>(chunk_, in.size() - used);
      if (body) body->append(in.substr(used, n));
      used += n;
      chunk_ -= n;
      if (chunk_ == 0) at_ = at::data_cr;
      continue;
    }
    const auto s = take(in[used++]);
    if (s != status::need_more) return s;
  }
  return status::need_more;
}

chunk_decoder::status chunk_decoder::take(char c) {
  const auto expect = [&](char wanted, at next) {
    at_ = next;
    return c == wanted ? status::need_more : status::malformed;
  };
  switch (at_) {
    case at::size_first:
    case at::size: {
      const int digit = hex(c);
      if (digit >= 0) {
        if (++digits_ > most_digits) return status::malformed;
        chunk_ = chunk_ * 16 + static_cast<std::uint64_t>(digit);
        at_ = at::size;
        return status::need_more;
      }
      if (at_ == at::size_first) return status::malformed;
      if (c == '\r') return expect('\r', at::size_lf);
      return c == ';' && ignorable(c) ? expect(';', at::extension) : status::malformed;
    }
    case at::extension:
      if (c == '\r') return expect('\r', at::size_lf);
      return ignorable(c) ? status::need_more : status::malformed;
    case at::size_lf:
      return c == '\n' ? size_line_done() : status::malformed;
    case at::data_cr:
      return expect('\r', at::data_lf);
    case at::data_lf:
      digits_ = 0;
      return expect('\n', at::size_first);
    case at::trailer_first:
      if (c == '\r') return expect('\r', at::end_lf);
      // A trailer name never starts with white space or a colon.
      if (c == ' ' || c == '\t' || c == ':') return status::malformed;
      [[fallthrough]];
    case at::trailer:
      if (c == '\r') return expect('\r', at::trailer_lf);
      at_ = at::trailer;
      return ignorable(c) ? status::need_more : status::malformed;
    case at::trailer_lf:
      return expect('\n', at::trailer_first);
    case at::end_lf:
      return c == '\n' ? status::done : status::malformed;
    case at::data:
      break;
  }
  return status::malformed;
}

chunk_decoder::status chunk_decoder::size_line_done() {
  if (chunk_ == 0) {
    at_ = at::trailer_first;
    return status::need_more;
  }
  if (chunk_ > left_) return status::too_large;
  left_ -= chunk_;
  at_ = at::data;
  return status::need_more;
}

bool chunk_decoder::ignorable(char c) {
  const auto u = static_cast<unsigned char>(c);
  return ++ignored_ <= most_ignored && (u >= 0x20 || u == '\t') && u != 0x7f;
}

}  // namespace atrium::http
