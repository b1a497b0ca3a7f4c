#include "persistence/document_text.hpp"
#include "persistence/documents.hpp"

namespace atrium {

using text::append_instant;
using text::append_money;
using text::append_quoted;
using text::member;

namespace {

std::string_view word(refund_doc::cause c) {
  switch (c) {
    case refund_doc::cause::cancellation:
      return "cancellation";
    case refund_doc::cause::by_hand:
      return "by_hand";
    case refund_doc::cause::not_booked:
      return "not_booked";
    case refund_doc::cause::change:
      return "change";
  }
  return "?";
}

std::string_view word(refund_doc::state s) {
  switch (s) {
    case refund_doc::state::pending:
      return "pending";
    case refund_doc::state::succeeded:
      return "succeeded";
    case refund_doc::state::withdrawn:
      return "withdrawn";
    case refund_doc::state::settled_by_hand:
      return "settled_by_hand";
  }
  return "?";
}

void append_refunds(std::string& out, const std::vector<refund_doc>& all) {
  out.append(",\"refunds\":[");
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i != 0) out.push_back(',');
    out.append(render(all[i]));
  }
  out.push_back(']');
}

}  // namespace

std::int64_t granted(const reservation_doc& d) {
  std::int64_t sum = 0;
  for (const auto& r : d.refunds)
    if (r.why == refund_doc::cause::by_hand && r.is != refund_doc::state::withdrawn)
      sum += r.amount.amount;
  return sum;
}

std::int64_t refundable(const payment_doc& d) {
  std::int64_t left = d.captured.amount;
  for (const auto& r : d.refunds)
    if (r.is != refund_doc::state::withdrawn) left -= r.amount.amount;
  return left > 0 ? left : 0;
}

std::string render(const refund_doc& d) {
  std::string out;
  out.reserve(256 + d.reason.size());
  member(out, "{\"id\":", d.id);
  member(out, ",\"cause\":", word(d.why));
  member(out, ",\"status\":", word(d.is));
  member(out, ",\"amount\":", d.amount);
  member(out, ",\"reason\":", d.reason);
  member(out, ",\"requestedAt\":", d.requested_at);
  out.append(",\"refundedAt\":");
  if (d.refunded_at) {
    append_instant(out, *d.refunded_at);
  } else {
    out.append("null");
  }
  out.push_back('}');
  return out;
}

std::string render(const payment_doc& d) {
  std::string out;
  out.reserve(512);
  member(out, "{\"id\":", d.id.view());
  member(out, ",\"reservationId\":", d.reservation.view());
  member(out, ",\"roomId\":", d.room.view());
  member(out, ",\"customerId\":", d.customer.view());
  member(out, ",\"status\":", to_string(d.status));
  member(out, ",\"amount\":", d.amount);
  out.append(",\"captured\":");
  append_money(out, d.captured, d.amount.currency);
  out.append(",\"refunded\":");
  append_money(out, d.refunded, d.amount.currency);
  out.append(",\"refundable\":");
  append_money(out, d.left, d.amount.currency);
  append_refunds(out, d.refunds);
  member(out, ",\"method\":", d.method);
  member(out, ",\"provider\":", d.provider);
  member(out, ",\"reference\":", d.reference);
  out.append(",\"declineCode\":");
  if (d.decline_code.empty()) {
    out.append("null");
  } else {
    append_quoted(out, d.decline_code);
  }
  member(out, ",\"createdAt\":", d.created_at);
  out.push_back('}');
  return out;
}

}  // namespace atrium
