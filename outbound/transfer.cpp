#include "outbound/transfer.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace atrium::outbound {
namespace {

template <class T>
void set(CURL* c, CURLoption option, T value) {
  if (const auto rc = ::curl_easy_setopt(c, option, value); rc != CURLE_OK)
    throw std::runtime_error(std::string("libcurl refuses an option: ") + ::curl_easy_strerror(rc));
}

void append(list_ptr& list, const std::string& text) {
  auto* longer = ::curl_slist_append(list.get(), text.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  (void)list.release();
  list.reset(longer);
}

bool is_allowed(const client::options& rules, const address& a) {
  if (!rules.public_only || is_public(a)) return true;
  return std::any_of(rules.also.begin(), rules.also.end(),
                     [&](const network& n) { return n.contains(a); });
}

/// "Retry-After" of "Retry-After: 120\r\n" as its value, trimmed; "" for another field.
std::string_view value_of(std::string_view line, std::string_view name) {
  if (line.size() <= name.size() || line[name.size()] != ':') return {};
  const bool same = std::equal(name.begin(), name.end(), line.begin(), [](char a, char b) {
    return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
  });
  if (!same) return {};
  line.remove_prefix(name.size() + 1);
  const auto first = line.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  const auto last = line.find_last_not_of(" \t\r\n");
  return last == std::string_view::npos ? std::string_view{} : line.substr(first, last - first + 1);
}

}  // namespace

transfer::transfer(easy_ptr easy, http_request what, const client::options& rules,
                   client::done on_done)
    : easy_(easy ? std::move(easy) : easy_ptr(::curl_easy_init())),
      rules_(rules),
      on_done_(std::move(on_done)),
      body_(std::move(what.body)),
      most_bytes_(what.most_answer_bytes) {
  if (!easy_) throw std::bad_alloc();
  prepare_common(what.url, what.ca_file, what.connect_within, what.answer_within);
  auto* c = handle();
  set(c, CURLOPT_PROTOCOLS_STR, "http,https");
  set(c, CURLOPT_FOLLOWLOCATION, 0L);
  set(c, CURLOPT_USERAGENT, rules_.user_agent.c_str());
  for (const auto& [name, value] : what.headers) append(list_, name + ": " + value);
  // Without this libcurl holds a longer body back until the server says 100.
  append(list_, "Expect:");
  set(c, CURLOPT_HTTPHEADER, list_.get());
  if (!body_.empty() || what.method == "POST") {
    set(c, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.size()));
    set(c, CURLOPT_POSTFIELDS, body_.c_str());
  }
  set(c, CURLOPT_CUSTOMREQUEST, what.method.c_str());
  set(c, CURLOPT_HEADERFUNCTION, &transfer::header);
  set(c, CURLOPT_HEADERDATA, this);
}

transfer::transfer(easy_ptr easy, mail_request what, const client::options& rules,
                   client::done on_done)
    : easy_(easy ? std::move(easy) : easy_ptr(::curl_easy_init())),
      rules_(rules),
      on_done_(std::move(on_done)),
      body_(std::move(what.message)),
      is_mail_(true) {
  if (!easy_) throw std::bad_alloc();
  const bool is_tls = what.secured == mail_request::security::tls;
  const bool is_literal = what.host.find(':') != std::string::npos && what.host.front() != '[';
  char name[256] = "atrium";
  ::gethostname(name, sizeof name - 1);
  const auto url = std::string(is_tls ? "smtps://" : "smtp://") +
                   (is_literal ? "[" + what.host + "]" : what.host) + ":" +
                   std::to_string(what.port) + "/" + name;
  prepare_common(url, what.ca_file, what.connect_within, what.answer_within);
  auto* c = handle();
  set(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(c, CURLOPT_USE_SSL,
      static_cast<long>(what.secured == mail_request::security::none ? CURLUSESSL_NONE
                                                                     : CURLUSESSL_ALL));
  if (!what.user.empty()) {
    set(c, CURLOPT_USERNAME, what.user.c_str());
    set(c, CURLOPT_PASSWORD, what.password.c_str());
  }
  append(list_, "<" + what.to + ">");
  set(c, CURLOPT_MAIL_RCPT, list_.get());
  set(c, CURLOPT_MAIL_FROM, ("<" + what.from + ">").c_str());
  set(c, CURLOPT_UPLOAD, 1L);
  set(c, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(body_.size()));
  set(c, CURLOPT_READFUNCTION, &transfer::give);
  set(c, CURLOPT_READDATA, this);
}

void transfer::prepare_common(const std::string& url, const std::string& ca_file,
                              milliseconds connect, milliseconds total) {
  auto* c = handle();
  set(c, CURLOPT_URL, url.c_str());
  set(c, CURLOPT_PRIVATE, this);
  set(c, CURLOPT_NOSIGNAL, 1L);
  // A proxy would connect where the check of addresses does not see it.
  set(c, CURLOPT_PROXY, "");
  set(c, CURLOPT_ERRORBUFFER, error_);
  set(c, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect.count()));
  set(c, CURLOPT_TIMEOUT_MS, static_cast<long>(total.count()));
  if (!ca_file.empty()) set(c, CURLOPT_CAINFO, ca_file.c_str());
  set(c, CURLOPT_OPENSOCKETFUNCTION, &transfer::open_socket);
  set(c, CURLOPT_OPENSOCKETDATA, this);
  set(c, CURLOPT_WRITEFUNCTION, &transfer::take);
  set(c, CURLOPT_WRITEDATA, this);
}

curl_socket_t transfer::open_socket(void* self, curlsocktype, curl_sockaddr* where) {
  auto& t = *static_cast<transfer*>(self);
  const auto a = address_of(where->addr);
  if (!a || !is_allowed(t.rules_, *a)) {
    t.refused_ = a ? a->text() : "an address of an unknown family";
    return CURL_SOCKET_BAD;
  }
  return ::socket(where->family, where->socktype | SOCK_CLOEXEC, where->protocol);
}

/// Takes what the bound allows and lets the rest pass, so that a long answer is still an answer.
std::size_t transfer::take(char* data, std::size_t size, std::size_t n, void* self) {
  auto& t = *static_cast<transfer*>(self);
  auto& body = t.answer_.body;
  body.append(data, std::min(size * n, t.most_bytes_ - std::min(t.most_bytes_, body.size())));
  return size * n;
}

std::size_t transfer::give(char* to, std::size_t size, std::size_t n, void* self) {
  auto& t = *static_cast<transfer*>(self);
  const auto some = std::min(size * n, t.body_.size() - t.given_);
  std::memcpy(to, t.body_.data() + t.given_, some);
  t.given_ += some;
  return some;
}

std::size_t transfer::header(char* data, std::size_t size, std::size_t n, void* self) {
  constexpr std::size_t longest = 64;
  const auto value = value_of({data, size * n}, "retry-after");
  if (!value.empty() && value.size() <= longest)
    static_cast<transfer*>(self)->answer_.retry_after = value;
  return size * n;
}

answer::end transfer::end_of(CURLcode code) const {
  // libcurl repeats a request by itself when a kept connection ends under it; that the repetition
  // finds nobody does not mean that the first one did not arrive.
  const auto nobody = is_sent_ ? answer::end::broken : answer::end::unreachable;
  switch (code) {
    case CURLE_OK:
      return answer::end::answered;
    case CURLE_COULDNT_CONNECT:
      return refused_.empty() ? nobody : answer::end::forbidden;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_USE_SSL_FAILED:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return nobody;
    case CURLE_OPERATION_TIMEDOUT:
      return is_sent_ ? answer::end::timed_out : answer::end::unreachable;
    default:
      // libcurl has an error of its own for most refusals of SMTP; the reply code says more.
      return answer_.status >= 400 ? answer::end::answered : answer::end::broken;
  }
}

void transfer::finish(CURLcode code) {
  long status = 0, connects = 0, request_bytes = 0;
  curl_off_t took_us = 0, connect_us = 0;
  ::curl_easy_getinfo(handle(), CURLINFO_RESPONSE_CODE, &status);
  ::curl_easy_getinfo(handle(), CURLINFO_NUM_CONNECTS, &connects);
  ::curl_easy_getinfo(handle(), CURLINFO_CONNECT_TIME_T, &connect_us);
  ::curl_easy_getinfo(handle(), CURLINFO_TOTAL_TIME_T, &took_us);
  ::curl_easy_getinfo(handle(), CURLINFO_REQUEST_SIZE, &request_bytes);
  // The size is counted for HTTP alone, and over all repetitions.
  is_sent_ = is_mail_ ? connect_us > 0 || connects == 0 : request_bytes > 0;
  answer_.status = static_cast<int>(status);
  answer_.took = milliseconds(took_us / 1000);
  answer_.how = end_of(code);
  if (answer_.how == answer::end::forbidden)
    answer_.detail = "connecting to " + refused_ + " is not allowed";
  else if (code != CURLE_OK)
    answer_.detail = error_[0] != '\0' ? error_ : ::curl_easy_strerror(code);
  if (on_done_) on_done_(std::move(answer_));
}

void transfer::cancel() {
  answer_.how = answer::end::cancelled;
  answer_.detail = "stopped";
  if (on_done_) on_done_(std::move(answer_));
}

easy_ptr transfer::give_back() {
  ::curl_easy_reset(handle());
  return std::move(easy_);
}

}  // namespace atrium::outbound
