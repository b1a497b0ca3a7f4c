#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/events.hpp"
#include "domain/failure.hpp"

/// Requests and responses as handlers see them: no Beast in here, so that routes compile quickly
/// and are tested without sockets.
namespace atrium::http {

enum class verb : std::uint8_t { get, head, post, put, patch, delete_, options };
std::string_view to_string(verb v);

/// Who is calling; anonymous has an empty account.
struct principal {
  account_id account;
  ev::role as = ev::role::customer;
  std::string name;
  std::string locale;               ///< "en" or "ko"
  std::vector<std::string> scopes;  ///< empty or containing "*": whatever the role may do
  /// How long the credentials are still good; event streams end then. Nothing: no end is known.
  std::optional<std::chrono::milliseconds> valid_for;
  /// Signed in by token and not recorded like this yet: the account is made, or its role follows
  /// the token, before the handler runs.
  std::shared_ptr<const ev::account_facts> to_record;
  bool anonymous() const { return account.empty(); }
  bool is_operator() const { return !anonymous() && as != ev::role::customer; }
  bool is_admin() const { return !anonymous() && as == ev::role::admin; }
};

struct request {
  verb method = verb::get;
  std::string target;                                        ///< as sent
  std::string path;                                          ///< decoded, without query
  std::vector<std::pair<std::string, std::string>> query;    ///< decoded ("+" is a space), in order
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;
  std::string peer;                 ///< remote address
  std::vector<std::string> params;  ///< of the route's {placeholders}, in order
  principal caller;
  std::string trace_id;    ///< 32 hex digits, from traceparent or new
  std::string request_id;  ///< echoed X-Request-Id, or the trace id
  std::string language;    ///< "en" or "ko", from Accept-Language, else the caller's locale

  std::string_view header(std::string_view lower_case_name) const;  ///< "" when absent
  std::optional<std::string> query_value(std::string_view name) const;
};

struct response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  bool close = false;   ///< end the connection after this answer
  bool reset = false;   ///< instead of an answer, reset the connection (simulators of faults)
  std::string problem;  ///< bare name of the problem type for metrics and logs; "" when it is none
};

/// Writes server-sent events to one client. Owned by the stream's producer; dropping it ends the
/// stream. Concurrency: send() from any thread; it hands over to the connection's io thread.
class event_stream {
 public:
  virtual ~event_stream() = default;
  /// One event in SSE wire form is made from these. False when the client is gone or too slow (its
  /// bounded queue, 256 KiB, is full): the producer should then stop; the client resumes by id.
  virtual bool send(std::string_view id, std::string_view event, std::string_view data) = 0;
  virtual bool open() const = 0;
  /// Runs once when the client has gone or the server drains.
  virtual void on_close(std::function<void()> f) = 0;
};

/// How a handler answers, exactly once, now or later, from any thread. The transport posts to the
/// connection's io thread. A responder that is dropped unanswered answers 500.
class responder {
 public:
  virtual ~responder() = default;
  virtual void send(response r) = 0;
  /// Turns the answer into an SSE stream (status 200, text/event-stream). When the server has its
  /// most streams already, the client gets 503 and the stream returned is closed.
  virtual std::shared_ptr<event_stream> stream() = 0;
  /// Runs `f` on the connection's io thread after `delay`, unless answered before: for deadlines.
  virtual void after(std::chrono::milliseconds delay, std::function<void()> f) = 0;
};
using responder_ptr = std::shared_ptr<responder>;

using handler = std::function<void(const std::shared_ptr<const request>&, const responder_ptr&)>;

/// Which callers a route lets in; checked by the router before the handler runs. Ownership of
/// single resources is the handler's business.
enum class access : std::uint8_t { anonymous, signed_in, operators, admins };

struct route {
  verb method;
  std::string pattern;  ///< "/v1/rooms/{id}"
  access who = access::signed_in;
  std::string scope;  ///< API key scope it needs, e.g. "rooms:write"; "" none
  handler handle;
  bool limited = true;  ///< counts against the caller's rate limit; false for health probes
  bool books = false;   ///< new work for the booking desk: refused before its body is read when the
                        ///< desk is busy
};

/// RFC 9457 answer for a failure, in the language of the request.
response problem(const failure& f, const request& r);
/// Problem of the transport rather than of the engine ("method-not-allowed", "body-too-large",
/// "unsupported-media-type", ...): status and titles come from the table in problem_texts.cpp.
response edge_problem(std::string_view name, std::string_view detail, const request& r);
/// Problem that arises before there is a request (malformed HTTP).
response bare_problem(int status, std::string_view type, std::string_view title,
                      std::string_view detail);
/// The one table ec -> status.
int status_of(ec code);

}  // namespace atrium::http
