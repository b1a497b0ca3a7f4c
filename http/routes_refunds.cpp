#include "http/idempotency.hpp"
#include "http/resource_routes.hpp"
#include "http/saga_calls.hpp"

namespace atrium::http {
namespace {

/// More are not listed, so more are not made.
constexpr std::size_t most_refunds = 50;

std::string place_of(const payment_id& id) {
  return "/v1/payments/" + id.str();
}

std::string render(const ev::refund_result& r) {
  return "{\"id\":" + json_text(r.id.view()) + ",\"paymentId\":" + json_text(r.payment.view()) +
         ",\"reservationId\":" + json_text(r.reservation.view()) +
         ",\"status\":\"succeeded\",\"amount\":" + atrium::render(r.amount) +
         ",\"reason\":" + json_text(r.reason) + "}";
}

void submit(api_context& c, const request_ptr& r, const responder_ptr& out, const std::string& key,
            const std::string& canonical, const refund_body& asked, const payment_doc& p) {
  const auto done = [id = p.id](const saga_answer& a) {
    return created(place_of(id), render(std::get<ev::refund_result>(a.result)), 0);
  };
  const auto running = [id = p.id] {
    return accepted(place_of(id),
                    "{\"paymentId\":" + json_text(id.view()) + ",\"status\":\"running\"}");
  };
  ev::refund_request input{p.reservation, p.room, p.id, asked.amount, p.left, asked.reason};
  call_saga(c, r, out, {key, "refund/" + p.id.str(), canonical, std::move(input), done, running});
}

/// The read model must be current: what it says could be given back bounds the refund.
void post_refund(api_context& c, const request_ptr& r, const responder_ptr& out) {
  auto key = idempotency_key(*r);
  if (!key) return out->send(problem(key.error(), *r));
  auto body = read_body(*r);
  if (body.refusal) return out->send(std::move(*body.refusal));
  auto asked = parse_refund(body.doc->root());
  if (!asked) return out->send(problem(asked.error(), *r));
  when_current(
      c, r, out,
      [&c, r, out, key = std::move(*key), canonical = body.doc->canonical(),
       asked = std::move(*asked)] {
        const auto p = c.read.payment(id_param<payment_id>(*r));
        if (!p) return out->send(not_found("payment", *r));
        if (p->refunds.size() >= most_refunds)
          return out->send(refuse(ec::illegal_transition,
                                  "This payment has 50 refunds already; no more are made.", *r));
        submit(c, r, out, key, canonical, asked, *p);
      });
}

}  // namespace

void add_refund_routes(api_context& c, routes& to) {
  to.push_back({verb::post, "/v1/payments/{id}/refunds", access::operators, "payments:write",
                answered_by(c, post_refund)});
}

}  // namespace atrium::http
