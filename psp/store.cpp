#include "psp/store.hpp"

#include <utility>

namespace atrium::psp {
namespace {

constexpr std::size_t most_changes_per_payment = 8;

std::string metadata_key(const std::string& name, const std::string& value) {
  return name + '\0' + value;
}

}  // namespace

result<std::unique_ptr<store>> store::open(const std::filesystem::path& dir,
                                           std::size_t most_payments) {
  std::unique_ptr<store> s(new store(most_payments));
  bool is_readable = true;
  auto opened = ledger::open(dir / "ledger", [&](ledger::place where, std::string_view line) {
    auto c = parse_line(line);
    is_readable = is_readable && c.has_value();
    if (c) s->remember(std::move(*c), where);
  });
  if (!opened) return opened.error();
  if (!is_readable)
    return failure{ec::malformed, "ledger " + (dir / "ledger").string() +
                                      ": holds lines of another release; start that, or move the "
                                      "file away to start with an empty one."};
  s->ledger_ = std::move(*opened);
  return s;
}

bool store::is_full(const change& c) const {
  if (changes_ >= most_payments_ * most_changes_per_payment) return true;
  return c.intent && intents_.size() >= most_payments_ && !intent_by_id_.contains(c.intent->id);
}

bool store::apply(change c) {
  if (is_full(c)) return false;
  const auto where = ledger_->append(to_line(c));
  if (!where) return false;
  remember(std::move(c), *where);
  return true;
}

void store::remember(change&& c, ledger::place where) {
  ++changes_;
  if (c.intent) {
    const auto [it, is_new] = intent_by_id_.try_emplace(c.intent->id, intents_.size());
    if (is_new) {
      for (const auto& [name, value] : c.intent->metadata)
        intents_by_metadata_[metadata_key(name, value)].push_back(it->second);
      intents_.push_back(std::move(*c.intent));
    } else {
      intents_[it->second] = std::move(*c.intent);
    }
  }
  if (c.refund && refund_by_id_.try_emplace(c.refund->id, refunds_.size()).second) {
    refunds_by_intent_[c.refund->intent].push_back(refunds_.size());
    refunds_.push_back(std::move(*c.refund));
  }
  if (!c.key.empty()) keys_.insert_or_assign(std::move(c.key), kept{c.fingerprint, where});
}

const intent* store::find_intent(const std::string& id) const {
  const auto it = intent_by_id_.find(id);
  return it == intent_by_id_.end() ? nullptr : &intents_[it->second];
}

const refund* store::find_refund(const std::string& id) const {
  const auto it = refund_by_id_.find(id);
  return it == refund_by_id_.end() ? nullptr : &refunds_[it->second];
}

std::vector<const refund*> store::refunds_of(const std::string& intent) const {
  std::vector<const refund*> found;
  const auto it = refunds_by_intent_.find(intent);
  if (it == refunds_by_intent_.end()) return found;
  for (auto n = it->second.rbegin(); n != it->second.rend(); ++n) found.push_back(&refunds_[*n]);
  return found;
}

void store::each_intent(const std::string& after,
                        const std::function<bool(const intent&)>& visit) const {
  const auto known = after.empty() ? intent_by_id_.end() : intent_by_id_.find(after);
  for (auto n = known == intent_by_id_.end() ? intents_.size() : known->second; n > 0; --n)
    if (!visit(intents_[n - 1])) return;
}

void store::each_refund(const std::function<bool(const refund&)>& visit) const {
  for (auto r = refunds_.rbegin(); r != refunds_.rend(); ++r)
    if (!visit(*r)) return;
}

std::vector<const intent*> store::with_metadata(const std::string& name,
                                                const std::string& value) const {
  std::vector<const intent*> found;
  const auto it = intents_by_metadata_.find(metadata_key(name, value));
  if (it == intents_by_metadata_.end()) return found;
  for (auto n = it->second.rbegin(); n != it->second.rend(); ++n) found.push_back(&intents_[*n]);
  return found;
}

std::optional<store::stored> store::answer_of(const std::string& key) const {
  const auto it = keys_.find(key);
  if (it == keys_.end()) return std::nullopt;
  stored s{it->second.fingerprint, {500, {}}};
  if (const auto line = ledger_->read(it->second.where))
    if (auto c = parse_line(*line)) s.answer = std::move(c->answer);
  return s;
}

}  // namespace atrium::psp
