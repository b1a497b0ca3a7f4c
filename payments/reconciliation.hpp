#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "payments/provider_ledger.hpp"

/// Holds our payments against the provider's ledger. Pure functions.
namespace atrium {

/// What the journal says of one payment.
struct own_payment {
  std::string reservation;
  std::int64_t captured = 0;
  std::int64_t refunded = 0;   ///< given back
  std::int64_t owed = 0;       ///< what cancellations and operators promised to give back
  int parked_sagas = 0;        ///< sagas about it that wait for a person
  int open_sagas = 0;          ///< that run: the ledgers may differ for a moment
  std::uint64_t position = 0;  ///< of the newest event about it
  instant changed{};

  /// Money that is ours by the journal. A refund may be all that a crash left on record of a
  /// capture.
  std::int64_t kept() const { return captured > refunded ? captured - refunded : 0; }
};
using own_payments = std::map<payment_id, own_payment>;

enum class difference_kind : std::uint8_t {
  void_owed,      ///< the provider still holds money for a payment that is over
  capture_owed,   ///< we count on money that the provider only holds
  refund_owed,    ///< the provider has more than is ours
  refund_parked,  ///< both agree, but a promised refund was never made: its saga waits for a person
  short_by,       ///< the provider has less than we count on
  missing,        ///< we count on money of which the provider knows nothing
  stranger,       ///< a payment that our journal does not know
};
/// "void-owed", ...
std::string_view to_string(difference_kind k);

struct difference {
  difference_kind is;
  payment_id payment;
  own_payment ours;
  provider_entry theirs;  ///< all entries of the payment together
  /// What has to move to make the provider's ledger say what the journal says.
  std::int64_t amount = 0;
};
/// One name for one difference: what settles it is named after it, so that it is settled once.
std::string settlement_of(const difference& d);
/// True when repeating one call of the provider settles it, without anybody's decision.
bool can_be_healed(difference_kind k);

/// Every difference, ordered by payment. What has an open saga, or changed after `quiet_since` on
/// either side, is left for the next time.
std::vector<difference> reconcile(const own_payments& ours,
                                  const std::vector<provider_entry>& theirs, instant quiet_since);

}  // namespace atrium
