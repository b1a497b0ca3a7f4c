#include "app/reconciler.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <future>
#include <map>

#include "sagas/run.hpp"

namespace atrium {
namespace {

constexpr std::size_t page_size = 200;
constexpr std::size_t most_payments = 1'000'000;
constexpr std::size_t most_reported = 200;
constexpr std::size_t most_settled_at_once = 200;
constexpr std::chrono::seconds settle_within{30};

own_payment own(const payment_doc& p) {
  own_payment o;
  o.reservation = p.reservation.str();
  o.captured = p.captured.amount;
  o.refunded = p.refunded.amount;
  for (const auto& r : p.refunds)
    if (r.is == refund_doc::state::pending || r.is == refund_doc::state::succeeded)
      o.owed += r.amount.amount;
  o.changed = p.moved_at;
  o.position = p.position;
  return o;
}

std::string settling(const difference& d) {
  return d.is == difference_kind::refund_parked ? std::string() : settlement_of(d);
}

}  // namespace

void reconciler::start() {
  results_->last.every = options_.every;
  results_->last.enabled = options_.every.count() > 0;
  if (options_.every.count() == 0) return;
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!stopping_.wait_for(lock, options_.every, [this] { return stop_; })) {
      lock.unlock();
      run();
      lock.lock();
    }
  });
}

void reconciler::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopping_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool reconciler::is_running(const std::string& saga) const {
  if (saga.empty()) return false;
  const auto entry = world_.index.find_saga(saga_id{saga});
  return entry && entry->is == saga_entry::state::running;
}

/// Something happened since it was compared, or will: left for the next time. What is parked is
/// not under way.
bool reconciler::is_under_way(const difference& d) const {
  const auto now = world_.read.payment(d.payment);
  if (now && now->position != d.ours.position) return true;
  if (is_running(d.ours.reservation)) return true;
  return now && std::any_of(now->refunds.begin(), now->refunds.end(), [this](const auto& r) {
           return r.is == refund_doc::state::pending && is_running(r.id);
         });
}

result<own_payments> reconciler::ours(http::reconciliation_report& r, instant& oldest) const {
  own_payments all;
  std::string cursor;
  do {
    auto page = world_.read.payments({}, page_size, cursor);
    if (!page) return page.error();
    for (const auto& p : page->items) {
      oldest = p.created_at;
      all.emplace(p.id, own(p));
    }
    cursor = page->next;
    r.all_payments = cursor.empty();
  } while (!cursor.empty() && all.size() < most_payments);
  if (r.all_payments) oldest = instant{};
  return all;
}

/// Payments of the ledger that no reservation has (any more), but whose saga the journal knows: an
/// earlier run of a booking, or one that came to nothing.
void reconciler::add_unknown(own_payments& to, const std::vector<provider_entry>& theirs) const {
  for (const auto& e : theirs) {
    if (e.payment.empty() || to.contains(e.payment)) continue;
    const auto saga = saga_of(e.payment).str();
    const auto entry = world_.index.find_saga(saga_id{saga});
    if (!entry) continue;
    own_payment o;
    o.reservation = saga;
    o.changed = e.created;
    to.emplace(e.payment, std::move(o));
  }
}

bool reconciler::is_current() const {
  auto reached = std::make_shared<std::promise<void>>();
  const auto then = reached->get_future();
  const auto place =
      world_.read.when_reached(world_.index.position(), [reached] { reached->set_value(); });
  return place && then.wait_for(std::chrono::seconds(10)) == std::future_status::ready;
}

void reconciler::run() {
  http::reconciliation_report r;
  r.started = world_.clock.now();
  const auto fail = [&](const std::string& why) {
    spdlog::warn("reconciliation: {}", why);
    const std::lock_guard lock(results_->mutex);
    results_->last.problem = why;
    ++results_->last.runs, ++results_->last.failed;
  };
  instant oldest{};
  auto mine = ours(r, oldest);
  if (!mine) return fail(mine.error().detail);
  const auto theirs = world_.ledger(oldest);
  if (!theirs) return fail(theirs.error().detail);
  add_unknown(*mine, *theirs);
  // What was booked meanwhile is in the ledger and not in `mine`: looked at again below, when the
  // read model holds everything that the index knew.
  if (!is_current()) return fail("the read model lags; the next run compares");
  auto found = reconcile(*mine, *theirs, r.started - options_.grace);
  std::erase_if(found, [this](const difference& d) { return is_under_way(d); });
  r.payments = mine->size();
  std::map<std::string, std::uint64_t> kinds;
  for (const auto& d : found) {
    ++kinds[std::string(to_string(d.is))];
    if (r.found.size() >= most_reported) continue;
    r.found.push_back(
        {std::string(to_string(d.is)), d.payment.str(), d.ours.reservation, d.theirs.currency,
         d.is == difference_kind::refund_parked ? "parked" : "healing", settling(d), d.amount});
    spdlog::warn("reconciliation: {} of {} {} on payment {}", to_string(d.is), d.amount,
                 d.theirs.currency, d.payment.str());
  }
  r.by_kind.assign(kinds.begin(), kinds.end());
  r.finished = world_.clock.now();
  {
    const std::lock_guard lock(results_->mutex);
    auto& last = results_->last;
    r.enabled = last.enabled, r.every = last.every, r.healed = last.healed;
    r.runs = last.runs + 1, r.failed = last.failed;
    last = std::move(r);
  }
  spdlog::info("reconciliation: {} payments compared, {} differences", mine->size(), found.size());
  if (found.size() > most_settled_at_once) found.resize(most_settled_at_once);
  for (const auto& d : found)
    if (d.is != difference_kind::refund_parked) settle(d);
}

/// Through a saga, so that a crash or an answer that does not come resumes it.
void reconciler::settle(const difference& d) {
  const auto id = saga_id{settlement_of(d)};
  const auto reservation = reservation_id{d.ours.reservation};
  const auto booked = world_.read.reservation(reservation);
  start_saga start{id, "reconcile",
                   ev::settle_request{d.payment,
                                      reservation,
                                      booked ? booked->booked.room : room_id{},
                                      std::string(to_string(d.is)),
                                      {d.amount, d.theirs.currency},
                                      d.theirs.reference}};
  world_.desk.submit(
      std::move(start), {account_id{"reconciliation"}, {}, world_.clock.now() + settle_within},
      [results = results_, saga = id.str()](result<saga_answer> a) { results->note(saga, a); });
}

void reconciler::results::note(const std::string& saga, const result<saga_answer>& answer) {
  const std::lock_guard lock(mutex);
  const auto it = std::find_if(last.found.begin(), last.found.end(),
                               [&](const auto& d) { return d.saga == saga; });
  // An error says that it is parked, or that it could not be taken and is tried again next time.
  const bool is_done = answer && !answer->still_running;
  const bool is_parked =
      answer ? answer->still_running : answer.error().detail.find("operator") != std::string::npos;
  if (is_done && !answer->replayed) ++last.healed;
  if (it == last.found.end()) return;
  if (is_done) it->outcome = answer->replayed ? "settled-by-hand" : "healed";
  if (is_parked) it->outcome = "parked";
}

http::reconciliation_report reconciler::report() const {
  const std::lock_guard lock(results_->mutex);
  return results_->last;
}

std::vector<http::metric_sample> reconciler::numbers() const {
  using kind = http::metric_sample::kind;
  const auto r = report();
  if (!r.enabled) return {};
  std::vector<http::metric_sample> all;
  const auto count = [&](std::string name, std::string help, std::uint64_t n) {
    all.push_back({kind::counter, std::move(name), std::move(help), {}, static_cast<double>(n)});
  };
  count("atrium_reconciliation_runs_total", "Comparisons with the payment provider's ledger.",
        r.runs);
  count("atrium_reconciliation_failed_total", "Comparisons that could not be made.", r.failed);
  count("atrium_reconciliation_healed_total", "Differences made good.", r.healed);
  for (const auto k :
       {difference_kind::void_owed, difference_kind::capture_owed, difference_kind::refund_owed,
        difference_kind::refund_parked, difference_kind::short_by, difference_kind::missing,
        difference_kind::stranger}) {
    const std::string name(to_string(k));
    const auto it = std::find_if(r.by_kind.begin(), r.by_kind.end(),
                                 [&](const auto& one) { return one.first == name; });
    all.push_back({kind::gauge,
                   "atrium_reconciliation_differences",
                   "Differences that the last comparison found, by kind.",
                   {{"kind", name}},
                   it == r.by_kind.end() ? 0 : static_cast<double>(it->second)});
  }
  return all;
}

}  // namespace atrium
