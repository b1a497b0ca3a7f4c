#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "outbound/answer_reader.hpp"
#include "outbound/origin.hpp"
#include "outbound/origin_client.hpp"

/// Private to this folder.
namespace atrium::outbound {

using steady = std::chrono::steady_clock;
/// The concrete executor saves the type erasure of any_io_executor on every operation.
using origin_executor = boost::asio::io_context::executor_type;
using origin_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, origin_executor>;
using origin_timer =
    boost::asio::basic_waitable_timer<steady, boost::asio::wait_traits<steady>, origin_executor>;
using origin_addresses = std::vector<boost::asio::ip::tcp::endpoint>;

class origin_connection;

/// One call from send() to its answer.
struct origin_transfer {
  std::string bytes;  ///< the request as it is sent
  origin_client::done on_done;
  steady::time_point began, due;
  bool may_repeat = false;
  bool is_sent = false;  ///< some of it may have arrived
  origin_connection* on = nullptr;
  std::list<origin_transfer>::iterator place{};
};

/// One connection, from connecting to closed; one transfer at a time.
/// Operation: a read is always pending, so that the end of an idle connection is seen when it
/// comes. Concurrency: the client's thread.
class origin_connection : public std::enable_shared_from_this<origin_connection> {
 public:
  class owner {
   public:
    /// The transfer of `c` has its answer; unless `is_kept`, the connection was closed.
    virtual void answered(origin_connection& c, bool is_kept) = 0;
    /// `c` was closed, in the middle of its transfer or idle. `why`: for people.
    virtual void lost(origin_connection& c, const std::string& why) = 0;

   protected:
    ~owner() = default;
  };

  /// `tls`: null for plain text. `who` outlives the connection's handlers.
  origin_connection(boost::asio::io_context& context, boost::asio::ssl::context* tls,
                    const origin& where, std::size_t most_answer_bytes, owner& who);

  /// Takes its first transfer, which waits for connect().
  void reserve(origin_transfer& t, std::chrono::milliseconds connect_within);
  void connect(const origin_addresses& to);
  /// The next transfer; only when idle.
  void begin(origin_transfer& t);
  /// Closes it and tells the owner, as a failure does.
  void fail(const std::string& why);
  /// Closes it and tells nobody.
  void close();

  origin_transfer* transfer() const { return transfer_; }
  /// Gives the transfer up, its request included.
  origin_transfer* release();
  /// Of the answer so far.
  answer_reader& reader() { return *reader_; }
  bool has_answer() const { return reader_ && reader_->is_header_done() && !reader_->is_interim(); }
  bool heard_nothing() const { return !reader_ || !reader_->got_some(); }
  /// It answered a call before.
  bool is_reused() const { return answers_ > 0; }
  bool is_closed() const { return is_closed_; }
  steady::time_point idle_since{};
  std::list<std::shared_ptr<origin_connection>>::iterator place{};

 private:
  using error_code = boost::system::error_code;
  void secure();
  void ready();
  void write();
  void wrote(const error_code& e, std::size_t bytes);
  void read();
  void took(const error_code& e, std::size_t bytes);
  /// Reads on in what has come; false when it is no HTTP.
  bool parse();
  void finish(bool may_keep);

  const origin& where_;
  const std::size_t most_answer_bytes_;
  owner& owner_;
  origin_socket socket_;
  std::optional<boost::asio::ssl::stream<origin_socket&>> tls_;
  origin_timer connect_timer_;
  boost::beast::flat_buffer in_;
  std::string out_;  ///< stays while it is written, whatever becomes of the transfer
  std::optional<answer_reader> reader_;
  origin_transfer* transfer_ = nullptr;
  std::size_t answers_ = 0;
  bool was_sent_ = false;  ///< before this connection had it
  bool is_written_ = false;
  bool is_closed_ = false;
};

}  // namespace atrium::outbound
