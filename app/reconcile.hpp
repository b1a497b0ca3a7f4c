#pragma once

#include <chrono>

#include "cluster-config/settings.hpp"
#include "domain/failure.hpp"
#include "payments/reconciliation.hpp"

namespace atrium {

struct reconcile_options {
  bool heal = false;  ///< repeat voids, captures and refunds that are owed
  /// Payments that changed within this are left for the next time.
  std::chrono::milliseconds quiet_for{300'000};
};

/// `atrium reconcile`: prints every difference between the journal and the payment provider's
/// ledger as one JSON line, and a summary to standard error; also while a server runs. The exit
/// status: 0 when nothing differs in the end, 3 when something does, 1 when it could not be found
/// out.
int reconcile_payments(const settings& s, const reconcile_options& how);

/// Every payment that the journal knows, by its saga. Fails as maintenance::each_event() does.
result<own_payments> payments_of_journal(const std::filesystem::path& data_dir);

}  // namespace atrium
