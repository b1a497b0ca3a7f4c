#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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
  bool apply(change c);

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
  template <class Value>
  using by_text = boost::unordered_flat_map<std::string, Value>;
  using places = std::vector<std::size_t>;
  explicit store(std::size_t most) : most_payments_(most) {}
  void remember(change&& c, ledger::place where);
  bool is_full(const change& c) const;

  const std::size_t most_payments_;
  std::unique_ptr<ledger> ledger_;
  std::size_t changes_ = 0;
  // In the order they came, and never moved; the tables say where in there.
  std::deque<intent> intents_;
  std::deque<refund> refunds_;
  by_text<std::size_t> intent_by_id_, refund_by_id_;
  by_text<places> intents_by_metadata_, refunds_by_intent_;
  by_text<kept> keys_;
};

}  // namespace atrium::psp
