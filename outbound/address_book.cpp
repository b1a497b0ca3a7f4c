#include "outbound/address_book.hpp"

#include <boost/algorithm/string/predicate.hpp>
#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace atrium::outbound {
namespace {

namespace ip = boost::asio::ip;

constexpr std::chrono::minutes kept{1};

/// RFC 6761, 6.3: these names mean this machine whatever its files and name servers say, and a
/// minimal one has no /etc/hosts.
bool means_this_machine(std::string_view name) {
  return boost::algorithm::iequals(name, "localhost") ||
         boost::algorithm::iends_with(name, ".localhost");
}

}  // namespace

address_book::address_book(boost::asio::io_context& context, const origin& where)
    : where_(where), resolver_(context) {
  const auto port = static_cast<ip::port_type>(std::strtoul(where.port.c_str(), nullptr, 10));
  boost::system::error_code is_name;
  const auto literal = ip::make_address(where.host, is_name);
  if (!is_name) {
    known_ = {{literal, port}};
  } else if (means_this_machine(where.host)) {
    known_ = {{ip::address_v4::loopback(), port}, {ip::address_v6::loopback(), port}};
  } else {
    return;
  }
  until_ = steady::time_point::max();
}

void address_book::give_to(const std::shared_ptr<origin_connection>& c) {
  if (steady::now() < until_) return c->connect(known_);
  // Those who lost patience meanwhile; a look-up takes as long as it likes.
  std::erase_if(asking_, [](const auto& one) { return one->is_closed(); });
  asking_.push_back(c);
  if (!std::exchange(is_asking_, true)) look_up();
}

void address_book::look_up() {
  resolver_.async_resolve(where_.host, where_.port,
                          [this](const boost::system::error_code& e, const auto& found) {
                            is_asking_ = false;
                            if (!e) {
                              known_.assign(found.begin(), found.end());
                              until_ = steady::now() + kept;
                            }
                            const auto all = std::exchange(asking_, {});
                            for (const auto& c : all) e ? c->fail(e.message()) : c->connect(known_);
                          });
}

void address_book::another_first() {
  if (known_.size() > 1) std::rotate(known_.begin(), known_.begin() + 1, known_.end());
}

}  // namespace atrium::outbound
