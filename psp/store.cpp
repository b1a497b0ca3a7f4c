#include "psp/store.hpp"

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
    const auto c = parse_line(line);
    is_readable = is_readable && c.has_value();
    if (c) s->remember(*c, where);
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
  return c.intent && !intents_.contains(c.intent->id) && intents_.size() >= most_payments_;
}

bool store::apply(const change& c) {
  if (is_full(c)) return false;
  const auto where = ledger_->append(to_line(c));
  if (!where) return false;
  remember(c, *where);
  return true;
}

void store::remember(const change& c, ledger::place where) {
  ++changes_;
  if (c.intent) {
    const auto [it, is_new] = intents_.try_emplace(c.intent->id);
    it->second.is = *c.intent;
    if (is_new) {
      it->second.number = intent_order_.size();
      intent_order_.push_back(&it->second.is);
      for (const auto& [name, value] : c.intent->metadata)
        by_metadata_[metadata_key(name, value)].push_back(it->first);
    }
  }
  if (c.refund && refunds_.emplace(c.refund->id, *c.refund).second) {
    refund_order_.push_back(c.refund->id);
    refunds_by_intent_[c.refund->intent].push_back(c.refund->id);
  }
  if (!c.key.empty()) keys_.insert_or_assign(c.key, kept{c.fingerprint, where});
}

const intent* store::find_intent(const std::string& id) const {
  const auto it = intents_.find(id);
  return it == intents_.end() ? nullptr : &it->second.is;
}

const refund* store::find_refund(const std::string& id) const {
  const auto it = refunds_.find(id);
  return it == refunds_.end() ? nullptr : &it->second;
}

std::vector<const refund*> store::refunds_of(const std::string& intent) const {
  std::vector<const refund*> found;
  const auto it = refunds_by_intent_.find(intent);
  if (it == refunds_by_intent_.end()) return found;
  for (auto id = it->second.rbegin(); id != it->second.rend(); ++id)
    found.push_back(&refunds_.at(*id));
  return found;
}

void store::each_intent(const std::string& after,
                        const std::function<bool(const intent&)>& visit) const {
  const auto known = after.empty() ? intents_.end() : intents_.find(after);
  for (auto n = known == intents_.end() ? intent_order_.size() : known->second.number; n > 0; --n)
    if (!visit(*intent_order_[n - 1])) return;
}

void store::each_refund(const std::function<bool(const refund&)>& visit) const {
  for (auto id = refund_order_.rbegin(); id != refund_order_.rend(); ++id)
    if (!visit(refunds_.at(*id))) return;
}

std::vector<const intent*> store::with_metadata(const std::string& name,
                                                const std::string& value) const {
  std::vector<const intent*> found;
  const auto it = by_metadata_.find(metadata_key(name, value));
  if (it == by_metadata_.end()) return found;
  for (auto id = it->second.rbegin(); id != it->second.rend(); ++id)
    found.push_back(&intents_.at(*id).is);
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
