#include "http/json_object.hpp"
#include "http/routes_common.hpp"

namespace atrium::http {
namespace {

std::string instant_or_null(instant t) {
  return t == instant{} ? "null" : json_text(format_instant(t));
}

std::string render(const reconciliation_report::difference& d) {
  return json_object()
      .text("kind", d.kind)
      .text("paymentId", d.payment)
      .text("reservationId", d.reservation)
      .raw("amount", atrium::render(money{d.amount, d.currency}))
      .text("outcome", d.outcome)
      .text("sagaId", d.saga)
      .done();
}

std::string render(const reconciliation_report& r) {
  json_object kinds;
  for (const auto& [kind, n] : r.by_kind) kinds.number(kind, n);
  std::vector<std::string> found;
  for (const auto& d : r.found) found.push_back(render(d));
  return json_object()
      .flag("enabled", r.enabled)
      .number("everyMs", static_cast<std::uint64_t>(r.every.count()))
      .number("runs", r.runs)
      .number("failed", r.failed)
      .number("healed", r.healed)
      .raw("startedAt", instant_or_null(r.started))
      .raw("finishedAt", instant_or_null(r.finished))
      .text("problem", r.problem)
      .number("payments", r.payments)
      .flag("allPayments", r.all_payments)
      .raw("byKind", kinds.done())
      .raw("differences", json_list(found))
      .done();
}

}  // namespace

void add_reconciliation_routes(api_context& c, routes& to) {
  to.push_back({verb::get, "/v1/introspection/reconciliation", access::operators,
                "introspection:read", [&c](const request_ptr& r, const responder_ptr& out) {
                  query_reader q(*r);
                  if (auto no = q.refusal()) return out->send(std::move(*no));
                  const auto now = c.reconciliation ? c.reconciliation() : reconciliation_report{};
                  out->send(document(*r, render(now)));
                }});
}

}  // namespace atrium::http
