#pragma once

#include <curl/curl.h>
#include <memory>
#include <string>

#include "outbound/client.hpp"

/// One transfer of libcurl. Private to this folder.
namespace atrium::outbound {

struct easy_free {
  void operator()(CURL* c) const { ::curl_easy_cleanup(c); }
};
struct list_free {
  void operator()(curl_slist* l) const { ::curl_slist_free_all(l); }
};
using easy_ptr = std::unique_ptr<CURL, easy_free>;
using list_ptr = std::unique_ptr<curl_slist, list_free>;

/// A prepared request and what came back so far; libcurl holds pointers into it, so it never moves.
/// Concurrency: the client's thread, once it is handed over.
class transfer {
 public:
  /// `easy`: a handle without options, or nothing to have one made.
  transfer(easy_ptr easy, http_request what, const client::options& rules, client::done on_done);
  transfer(easy_ptr easy, mail_request what, const client::options& rules, client::done on_done);
  transfer(const transfer&) = delete;
  transfer& operator=(const transfer&) = delete;

  CURL* handle() const { return easy_.get(); }
  /// Makes the answer from libcurl's result and gives it to whoever waits.
  void finish(CURLcode code);
  void cancel();
  /// The handle once all is over, without options, for another transfer.
  easy_ptr give_back();

 private:
  void prepare_common(const std::string& url, const std::string& ca_file, milliseconds connect,
                      milliseconds total);
  answer::end end_of(CURLcode code) const;

  static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* where);
  static std::size_t take(char* data, std::size_t size, std::size_t n, void* self);
  static std::size_t give(char* to, std::size_t size, std::size_t n, void* self);
  static std::size_t header(char* data, std::size_t size, std::size_t n, void* self);

  easy_ptr easy_;
  list_ptr list_;
  const client::options& rules_;
  client::done on_done_;
  std::string body_;
  std::size_t given_ = 0;
  std::size_t most_bytes_ = 0;
  std::string refused_;  ///< the address that was not allowed
  bool is_mail_ = false;
  bool is_sent_ = false;  ///< some of the request may have arrived
  answer answer_;
  char error_[CURL_ERROR_SIZE] = "";
};

}  // namespace atrium::outbound
