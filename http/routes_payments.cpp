#include "http/booking_lookup.hpp"
#include "http/resource_routes.hpp"

namespace atrium::http {
namespace {

response list_payments(const api_context& c, const request& r) {
  query_reader q(r);
  account_id customer(q.text("customerId", 128));
  const auto limit = q.limit();
  const auto cursor = q.cursor();
  if (auto no = q.refusal()) return std::move(*no);
  if (!r.caller.is_operator()) {
    if (!customer.empty() && customer != r.caller.account)
      return refuse(ec::forbidden,
                    "Only operators see the payments of others. Leave customerId out for your own.",
                    r);
    customer = r.caller.account;
  }
  return page_answer(r, c.read.payments(customer, limit, cursor),
                     [](const payment_doc& p) { return render(p); });
}

response get_payment(const api_context& c, const request& r) {
  const auto found = c.read.payment(id_param<payment_id>(r));
  if (!found || !may_see(r.caller, found->customer)) return not_found("payment", r);
  return document(r, render(*found));
}

}  // namespace

void add_payment_routes(api_context& c, routes& to) {
  for (const std::string base : {"/v1/payments", "/payments"}) {
    to.push_back(
        {verb::get, base, access::signed_in, "payments:read", answered_by(c, list_payments)});
    to.push_back({verb::get, base + "/{id}", access::signed_in, "payments:read",
                  answered_by(c, get_payment)});
  }
}

}  // namespace atrium::http
