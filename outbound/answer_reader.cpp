#include "outbound/answer_reader.hpp"

#include <algorithm>

namespace atrium::outbound {
namespace {

constexpr std::uint32_t longest_head = 64 * 1024;  // bytes
constexpr std::size_t longest_retry_after = 64;

}  // namespace

answer_reader::answer_reader(std::size_t most_bytes) : most_bytes_(most_bytes) {
  eager(true);
  header_limit(longest_head);
  body_limit(boost::none);  // take() has the bound
}

void answer_reader::on_field_impl(field name, string_view, string_view value, error_code&) {
  if (name == field::retry_after && value.size() <= longest_retry_after)
    retry_after.assign(value.data(), value.size());
}

std::size_t answer_reader::take(string_view some) {
  body.append(some.data(), std::min(some.size(), most_bytes_ - std::min(most_bytes_, body.size())));
  return some.size();
}

}  // namespace atrium::outbound
