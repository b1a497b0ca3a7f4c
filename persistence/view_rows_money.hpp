#pragma once

#include <vector>

#include "persistence/view_pack.hpp"
#include "persistence/view_rows.hpp"

/// How the money of reservations is packed into their rows.
namespace atrium::view {

void put(packer& p, const further_payment& f);
further_payment take_further(unpacker& u);
void put(packer& p, const std::vector<capture_doc>& all);
std::vector<capture_doc> take_captures(unpacker& u);
void put(packer& p, const std::vector<refund_doc>& all);
std::vector<refund_doc> take_refunds(unpacker& u);

}  // namespace atrium::view
