#include "http/booking_lookup.hpp"
#include "http/json_fields.hpp"
#include "http/resource_routes.hpp"
#include "http/saga_calls.hpp"

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

/// The sandbox has no bank whose page a customer could open: this is that page.
void authenticate(api_context& c, const request_ptr& r, const responder_ptr& out) {
  auto body = read_body(*r);
  if (body.refusal) return out->send(std::move(*body.refusal));
  std::vector<violation> wrong;
  fields f(body.doc->root(), "", wrong);
  const auto succeeded = f.boolean("succeeded", fields::need::required);
  f.finish();
  if (!wrong.empty()) return out->send(problem(invalid(std::move(wrong)), *r));
  when_current(c, r, out, [&c, r, out, succeeded = *succeeded] {
    const auto found = c.read.payment(id_param<payment_id>(*r));
    if (!found || !may_see(r->caller, found->customer)) return out->send(not_found("payment", *r));
    if (!c.authenticate || !c.authenticate(found->id, succeeded))
      return out->send(refuse(ec::illegal_transition,
                              "The payment does not wait to be confirmed here: it is " +
                                  std::string(to_string(found->status)) +
                                  ". Only payments of the sandbox are confirmed through this API.",
                              *r));
    c.commands.notice({found->id, found->reference});
    out->send(accepted("/v1/reservations/" + found->reservation.str(),
                       "{\"reservationId\":" + json_text(found->reservation.view()) + "}"));
  });
}

}  // namespace

void add_payment_routes(api_context& c, routes& to) {
  for (const std::string base : {"/v1/payments", "/payments"}) {
    to.push_back(
        {verb::get, base, access::signed_in, "payments:read", answered_by(c, list_payments)});
    to.push_back({verb::get, base + "/{id}", access::signed_in, "payments:read",
                  answered_by(c, get_payment)});
    if (base != "/v1/payments") continue;
    to.push_back({verb::post, base + "/{id}/authentication", access::signed_in,
                  "reservations:write", answered_by(c, authenticate)});
  }
}

}  // namespace atrium::http
