#include "app/read_ledger.hpp"

#include <map>
#include <string>

#include "payments/sandbox_ledger.hpp"
#include "payments/sandbox_provider.hpp"

namespace atrium {

using entries = std::vector<provider_entry>;

namespace {
constexpr int most_attempts = 5;
}  // namespace

result<entries> read_ledger(provider_ledger& ledger, instant from) {
  entries all;
  std::string after;
  for (int attempt = 1;;) {
    auto page =
        wait_for<provider_page>([&](auto done) { ledger.read_page(from, after, std::move(done)); });
    if (!page.is_read) {
      if (++attempt <= most_attempts) continue;
      return failure{ec::dependency_unavailable,
                     "the payment provider's ledger cannot be read: " + page.problem};
    }
    attempt = 1;
    all.insert(all.end(), page.entries.begin(), page.entries.end());
    if (page.next.empty()) return all;
    after = page.next;
  }
}

result<entries> read_sandbox(const std::filesystem::path& dir) {
  std::map<payment_id, provider_entry> newest;
  const auto read =
      sandbox_ledger::read(sandbox_provider::ledger_file(dir), [&](const ledger_entry& e) {
        std::int64_t held = 0;
        if (e.state == payment_record::state::authorized) held = e.authorized;
        if (e.state == payment_record::state::requires_action) held = e.amount;
        newest[e.payment] = {
            e.payment, "sbx_" + e.payment.str(), e.currency, held, e.captured, e.refunded, e.at};
      });
  if (!read) return read.error();
  entries all;
  for (auto& [id, entry] : newest) all.push_back(std::move(entry));
  return all;
}

}  // namespace atrium
