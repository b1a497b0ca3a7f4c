#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "psp/ledger.hpp"
#include "psp/model.hpp"

namespace atrium::psp {

/// All payments, refunds and stored answers, backed by the ledger. Stored answers stay in the file;
/// memory holds where.
/// Concurrency: not synchronised, its owner locks. Limitations: `most_payments` payments and eight
/// times as many changes; beyond it apply() refuses.
class store {
 public:
  static result<std::unique_ptr<store>> open(const std::filesystem::path& dir,
                                             std::size_t most_payments);

  /// Durable when it returns true; false when the disk or the bound is full: nothing changed.
  bool apply(const change& c);

  const intent* find_intent(const std::string& id) const;
  const refund* find_refund(const std::string& id) const;
  std::vector<const refund*> refunds_of(const std::string& intent) const;
  /// Newest first, as Stripe lists; those older than `after` only, unless it is empty or unknown.
  void each_intent(const std::string& after, const std::function<bool(const intent&)>& visit) const;
  void each_refund(const std::function<bool(const refund&)>& visit) const;
  std::vector<const intent*> with_metadata(const std::string& name, const std::string& value) const;

  struct stored {
    std::uint64_t fingerprint = 0;
    stored_answer answer;
  };
  /// The answer kept under an Idempotency-Key.
  std::optional<stored> answer_of(const std::string& key) const;

  std::size_t payments() const { return intents_.size(); }
  std::uint64_t dropped_bytes() const { return ledger_->dropped_bytes(); }

 private:
  struct kept {
    std::uint64_t fingerprint = 0;
    ledger::place where;
  };
  struct numbered {
    intent is;
    std::size_t number = 0;  ///< place in intent_order_
  };
  explicit store(std::size_t most) : most_payments_(most) {}
  void remember(const change& c, ledger::place where);
  bool is_full(const change& c) const;

  const std::size_t most_payments_;
  std::unique_ptr<ledger> ledger_;
  std::size_t changes_ = 0;
  std::unordered_map<std::string, numbered> intents_;
  std::unordered_map<std::string, refund> refunds_;
  std::vector<const intent*> intent_order_;
  std::vector<std::string> refund_order_;
  std::unordered_map<std::string, std::vector<std::string>> by_metadata_, refunds_by_intent_;
  std::unordered_map<std::string, kept> keys_;
};

}  // namespace atrium::psp
