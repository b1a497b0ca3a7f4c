#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/api_context.hpp"
#include "http/json.hpp"
#include "http/message.hpp"

/// What the resource files share: reading positions, bodies and queries; ETags; lists.
namespace atrium::http {

using request_ptr = std::shared_ptr<const request>;

/// How long a GET waits for Atrium-Min-Position.
inline constexpr std::chrono::milliseconds view_wait{2'000};
/// How long a command may take before the edge answers without it.
inline constexpr std::chrono::milliseconds command_wait{10'000};

// ---- answers
response json_answer(int status, std::string body);
/// 200 with a strong ETag made of `version` (0: none) and the body, or 304 when If-None-Match names
/// it.
response document(const request& r, std::string body, std::uint64_t version = 0);
/// {"items": [...], "nextCursor": ...} with a Link header when there is a next page.
response list_answer(const request& r, const std::vector<std::string>& items,
                     const std::string& next);
response created(std::string location, std::string body, std::uint64_t position,
                 std::uint64_t version = 0);
response no_content(std::uint64_t position);
response refuse(ec code, std::string detail, const request& r);
void add_position(response& r, std::uint64_t position);
std::string etag_of(std::uint64_t version, std::string_view body);
/// "no such <what>" in words that help.
response not_found(std::string_view what, const request& r);
/// A JSON string literal. Unlike an unqualified quoted() it never finds std::quoted instead.
inline std::string json_text(std::string_view s) {
  return atrium::quoted(s);
}
std::string json_list(const std::vector<std::string>& items);

// ---- conditions
/// The version an If-Match header names; 0 for "*". Fails with precondition_required when it is
/// missing and with precondition_failed when it names no version of this server.
result<std::uint64_t> if_match(const request& r);

// ---- reading your writes
/// Runs `then` once the read model has reached `position`, on the connection's thread; after
/// view_wait, or at once when too many wait already, `late` instead: with view_behind or
/// overloaded.
void when_reached(api_context& c, const responder_ptr& out, std::uint64_t position,
                  std::function<void()> then, std::function<void(const failure&)> late);
/// A handler of a request that only reads (GETs and quotes): honours Atrium-Min-Position, then
/// answers what `f` makes. Before a 404 it waits until the read model holds everything durable, so
/// that a Location can be followed at once.
handler read_handler(api_context& c, std::function<response(const request&)> f);
/// The same for a GET that answers later.
handler read_after_min_position(api_context& c, handler f);
/// Runs `then` once the read model holds everything that was durable when the request came; 503
/// when it does not within view_wait, or when too many wait already.
void when_current(api_context& c, const request_ptr& r, const responder_ptr& out,
                  std::function<void()> then);
/// Answers a write as the read model shows it; with `otherwise` when the read model is late.
void answer_when_visible(api_context& c, const responder_ptr& out, std::uint64_t position,
                         std::function<std::optional<response>()> visible, response otherwise);
response view_behind(const request& r);

// ---- input
/// Parses the body after checking its Content-Type. With `optional` an empty body counts as {}.
struct body_answer {
  std::optional<json_document> doc;
  std::optional<response> refusal;
};
body_answer read_body(const request& r, bool merge_patch = false, bool optional = false);

/// A path parameter as an id; one longer than any id of ours becomes "-", which names nothing.
template <class Id>
Id id_param(const request& r, std::size_t index = 0) {
  const auto& text = r.params.at(index);
  return Id(text.empty() || text.size() > 128 ? std::string("-") : text);
}

command_context context_of(const api_context& c, const request& r);

/// Reads the query and collects what is wrong with it; pointers look like "?limit".
class query_reader {
 public:
  explicit query_reader(const request& r) : request_(r) {}
  std::string text(std::string_view name, std::size_t most = 200);
  /// Comma-separated or repeated.
  std::vector<std::string> words(std::string_view name, std::size_t most = 50);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most);
  std::optional<instant> when(std::string_view name);
  bool flag(std::string_view name);
  std::size_t limit(std::size_t fallback = 50, std::size_t most = 200);
  std::string cursor() { return text("cursor", 2'000); }
  void add(std::string_view name, std::string rule, std::string limit, std::string actual);
  /// The refusal when anything was wrong or a parameter was not asked for above.
  std::optional<response> refusal();

 private:
  std::optional<std::string> get(std::string_view name);
  const request& request_;
  std::vector<std::string_view> known_;
  std::vector<violation> wrong_;
};

// ---- the resources
using routes = std::vector<route>;
void add_room_routes(api_context& c, routes& to);
void add_blackout_routes(api_context& c, routes& to);
void add_review_routes(api_context& c, routes& to);
void add_availability_routes(api_context& c, routes& to);
void add_hold_routes(api_context& c, routes& to);
void add_reservation_routes(api_context& c, routes& to);
void add_stay_routes(api_context& c, routes& to);
void add_change_routes(api_context& c, routes& to);
void add_cancellation_routes(api_context& c, routes& to);
void add_history_routes(api_context& c, routes& to);
void add_payment_routes(api_context& c, routes& to);
void add_payment_event_routes(api_context& c, routes& to);
void add_receipt_routes(api_context& c, routes& to);
void add_refund_routes(api_context& c, routes& to);
void add_notification_routes(api_context& c, routes& to);
void add_board_routes(api_context& c, routes& to);
void add_event_routes(api_context& c, routes& to);
void add_account_routes(api_context& c, routes& to);
void add_key_routes(api_context& c, routes& to);
void add_webhook_routes(api_context& c, routes& to);
void add_introspection_routes(api_context& c, routes& to);
void add_reconciliation_routes(api_context& c, routes& to);
void add_saga_routes(api_context& c, routes& to);
void add_dependency_routes(api_context& c, routes& to);
void add_drill_routes(api_context& c, routes& to);
void add_unsubscribe_routes(api_context& c, routes& to);
void add_process_routes(api_context& c, routes& to);

}  // namespace atrium::http
