#pragma once

#include <boost/asio/ip/basic_resolver.hpp>

#include <memory>
#include <vector>

#include "outbound/origin_connection.hpp"

/// Private to this folder.
namespace atrium::outbound {

/// The addresses of one server.
/// Operation: an address needs no look-up, nor does localhost; another name is looked up once for
/// all that wait, on a thread that Asio keeps for it, and the result serves for a minute.
/// Concurrency: the client's thread.
class address_book {
 public:
  address_book(boost::asio::io_context& context, const origin& where);

  /// Has `c` connect, now or once the name is resolved; fails it when there is no such name.
  void give_to(const std::shared_ptr<origin_connection>& c);
  /// The first one did not do: the next connection begins with another.
  void another_first();

 private:
  void look_up();

  const origin& where_;
  boost::asio::ip::basic_resolver<boost::asio::ip::tcp, origin_executor> resolver_;
  origin_addresses known_;
  steady::time_point until_{};
  std::vector<std::shared_ptr<origin_connection>> asking_;
  bool is_asking_ = false;
};

}  // namespace atrium::outbound
