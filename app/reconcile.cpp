#include "app/reconcile.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdio>

#include "app/data_dir.hpp"
#include "app/logging.hpp"
#include "app/open_payments.hpp"
#include "app/read_ledger.hpp"

namespace atrium {
namespace {

using kind = payment_answer::kind;

constexpr int most_attempts = 5;

/// Makes the provider's ledger say what the journal says. The key is the settlement saga's, so that
/// a run that is repeated, or a server that finds the same, heals once.
std::string heal(payment_provider& provider, const difference& d) {
  const payment_operation op{
      d.payment, d.theirs.reference, settlement_of(d) + "/1/settle", {d.amount, d.theirs.currency}};
  payment_answer a;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    a = wait_for<payment_answer>([&](auto done) {
      if (d.is == difference_kind::void_owed) return provider.void_payment(op, std::move(done));
      if (d.is == difference_kind::capture_owed) return provider.capture(op, std::move(done));
      provider.refund(op, std::move(done));
    });
    if (a.is == kind::ok) return "done";
    if (a.is == kind::rejected) break;
  }
  return "failed: " + (a.detail.empty() ? a.code : a.detail);
}

std::string line_of(const difference& d, const std::string& healed) {
  rapidjson::StringBuffer out;
  rapidjson::Writer<rapidjson::StringBuffer> w(out);
  const auto text = [&](const char* name, std::string_view value) {
    w.Key(name);
    w.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  const auto number = [&](const char* name, std::int64_t value) {
    w.Key(name);
    w.Int64(value);
  };
  w.StartObject();
  text("kind", to_string(d.is));
  text("payment", d.payment.view());
  text("reservation", d.ours.reservation);
  text("reference", d.theirs.reference);
  number("amount", d.amount);
  text("currency", d.theirs.currency);
  number("kept", d.ours.kept());
  number("providerHeld", d.theirs.held);
  number("providerCaptured", d.theirs.captured);
  number("providerRefunded", d.theirs.refunded);
  w.Key("parked");
  w.Bool(d.ours.parked_sagas > 0);
  text("healed", healed);
  w.EndObject();
  return {out.GetString(), out.GetSize()};
}

int complain(const failure& why) {
  std::fprintf(stderr, "atrium: %s\n", why.detail.c_str());
  return 1;
}

/// What differs and stood still while both sides were read: the journal is read before and after.
result<std::vector<difference>> find(const options& o, provider_ledger* ledger,
                                     const reconcile_options& how) {
  const auto before = payments_of_journal(o.data_dir);
  if (!before) return before.error();
  const auto theirs = ledger != nullptr ? read_ledger(*ledger, instant{})
                                        : read_sandbox(layout_of(o.data_dir).sandbox);
  if (!theirs) return theirs.error();
  const auto after = payments_of_journal(o.data_dir);
  if (!after) return after.error();
  auto found = reconcile(*after, *theirs, system_clock().now() - how.quiet_for);
  std::erase_if(found, [&](const difference& d) {
    const auto it = before->find(d.payment);
    return (it == before->end() ? 0 : it->second.position) != d.ours.position;
  });
  return found;
}

}  // namespace

int reconcile_payments(const settings& s, const reconcile_options& how) {
  const auto& o = s.values;
  start_logging(o.log_level, o.log_format);
  const system_clock clock;
  timer_thread timers;
  std::unique_ptr<payment_provider> provider;
  // The sandbox's ledger belongs to the server: it is only read.
  if (o.payment_provider != "sandbox") {
    auto opened = open_payments(o, layout_of(o.data_dir), clock, timers);
    if (!opened) return complain(opened.error());
    provider = std::move(*opened);
  }
  const auto found = find(o, dynamic_cast<provider_ledger*>(provider.get()), how);
  if (!found) return complain(found.error());
  std::size_t left = 0;
  for (const auto& d : *found) {
    const bool tries = how.heal && provider != nullptr && can_be_healed(d.is);
    const auto healed = tries ? heal(*provider, d) : std::string("no");
    left += healed == "done" ? 0 : 1;
    std::printf("%s\n", line_of(d, healed).c_str());
  }
  std::fprintf(stderr, "%zu differences, %zu of them healed\n", found->size(),
               found->size() - left);
  return left == 0 ? 0 : 3;
}

}  // namespace atrium
