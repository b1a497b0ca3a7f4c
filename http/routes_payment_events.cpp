#include "http/routes_common.hpp"

namespace atrium::http {
namespace {

constexpr std::size_t most_bytes = 256 * 1024;

/// The signature is all the credentials there are. The answer says nothing of what became of it:
/// 200 means that it need not be sent again.
response take(const api_context& c, const request& r) {
  if (r.body.size() > most_bytes)
    return edge_problem("body-too-large", "An event has at most 256 KiB.", r);
  if (!c.payment_event)
    return refuse(ec::not_found, "This server takes no events of a payment provider.", r);
  const auto taken = c.payment_event(r.header("stripe-signature"), r.body);
  if (!taken) return problem(taken.error(), r);
  return json_answer(200, "{\"received\":true}");
}

}  // namespace

void add_payment_event_routes(api_context& c, routes& to) {
  to.push_back(
      {.method = verb::post,
       .pattern = "/v1/payment-events/stripe",
       .who = access::anonymous,
       .handle = [&c](const request_ptr& r, const responder_ptr& out) { out->send(take(c, *r)); }});
}

}  // namespace atrium::http
