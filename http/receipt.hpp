#pragma once

#include <string>
#include <vector>

#include "http/message.hpp"
#include "persistence/documents.hpp"

namespace atrium::http {

/// What a customer files: all of it frozen when it was booked or paid, so that later changes of the
/// room or its name alter no receipt. Refunds are added as they are made.
struct receipt {
  std::string number;  ///< the same for one booking for ever
  std::string issuer;
  reservation booked;
  std::string room_name, customer_name;
  money price;  ///< includes the tax
  money tax;
  std::vector<capture_doc> payments;
  std::vector<refund_doc> refunds;  ///< those that were made
  std::string method;
  money captured, refunded, kept;
  money tax_kept;  ///< the tax within what is kept
};

/// Requires that money was captured (or nothing was to pay): captured_at is set.
receipt receipt_of(const reservation_doc& d, std::string issuer, std::string customer_name,
                   std::string method);

std::string render(const receipt& r);
/// A page of its own in the language "ko" or "en", for print.
response receipt_page(const receipt& r, std::string_view language);

}  // namespace atrium::http
