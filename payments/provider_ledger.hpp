#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "domain/ids.hpp"
#include "domain/time.hpp"

namespace atrium {

/// One payment as the provider's ledger has it, in minor units.
struct provider_entry {
  payment_id payment;     ///< ours, from the metadata; empty when it was not made by an Atrium
  std::string reference;  ///< the provider's
  std::string currency;
  std::int64_t held =
      0;  ///< neither captured nor voided: authorised, or its customer may yet do so
  std::int64_t captured = 0;
  std::int64_t refunded = 0;
  instant created{};
};
struct provider_page {
  bool is_read = false;  ///< false: the provider did not answer; ask again
  std::string problem;   ///< why not
  std::vector<provider_entry> entries;
  std::string next;  ///< goes into the next call; "" at the end
};

/// Reads a provider's whole ledger, page by page, newest first: for reconciliation.
/// Concurrency: as payment_provider.
class provider_ledger {
 public:
  virtual ~provider_ledger() = default;
  virtual void read_page(instant from, const std::string& after,
                         std::function<void(provider_page)> done) = 0;
};

}  // namespace atrium
