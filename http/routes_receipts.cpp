#include "http/accept.hpp"
#include "http/booking_lookup.hpp"
#include "http/receipt.hpp"
#include "http/resource_routes.hpp"

namespace atrium::http {
namespace {

/// JSON unless a page ranks higher: a program that says nothing gets what programs read.
bool wants_page(const request& r) {
  return preferred_of(r.header("accept"), {"application/json", "text/html"}) == "text/html";
}

response show(const api_context& c, const request& r) {
  query_reader q(r);
  if (auto no = q.refusal()) return std::move(*no);
  const auto doc = c.read.reservation(id_param<reservation_id>(r));
  if (!doc || !may_see(r.caller, doc->booked.customer)) return not_found("reservation", r);
  if (doc->captured_at == instant{})
    return refuse(ec::not_found,
                  "There is no receipt: nothing was paid for this reservation (its payment is " +
                      std::string(to_string(doc->paid)) + ").",
                  r);
  const auto customer = c.read.account(doc->booked.customer);
  const auto payment = c.read.payment(doc->booked.payment);
  const auto it =
      receipt_of(*doc, c.receipt_issuer, customer ? customer->facts.name : std::string(),
                 payment ? payment->method : std::string());
  auto answer = wants_page(r) ? receipt_page(it, r.language) : document(r, render(it));
  if (wants_page(r)) {
    answer.headers.emplace_back("ETag", etag_of(0, answer.body));
    answer.headers.emplace_back("Cache-Control", "private, no-cache");
  }
  answer.headers.emplace_back("Vary", "Accept, Accept-Language");
  return answer;
}

}  // namespace

void add_receipt_routes(api_context& c, routes& to) {
  to.push_back({verb::get, "/v1/reservations/{id}/receipt", access::signed_in, "payments:read",
                answered_by(c, show)});
}

}  // namespace atrium::http
