#include "app/serve.hpp"

#include <sodium.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <stdexcept>

#include "app/announce.hpp"
#include "app/delivery_numbers.hpp"
#include "app/demo.hpp"
#include "app/demo_office.hpp"
#include "app/dependencies.hpp"
#include "app/first_start.hpp"
#include "app/listening.hpp"
#include "app/logging.hpp"
#include "app/moved_clock.hpp"
#include "app/open_payments.hpp"
#include "app/outgoing.hpp"
#include "app/payment_events.hpp"
#include "app/payment_numbers.hpp"
#include "app/processors.hpp"
#include "app/read_ledger.hpp"
#include "app/reconciler.hpp"
#include "app/saga_watch.hpp"
#include "app/stop_signals.hpp"
#include "app/storage.hpp"
#include "app/thread_priorities.hpp"
#include "app/token_access.hpp"
#include "app/version.hpp"
#include "cluster-config/values.hpp"
#include "http/access_log.hpp"
#include "http/api_context.hpp"
#include "http/live_feed.hpp"
#include "http/server.hpp"
#include "sagas/desk.hpp"

namespace atrium {
namespace {

using std::chrono::steady_clock;
using samples = std::vector<http::metric_sample>;

constexpr std::chrono::seconds look_around_every{5};

/// Start-up cannot go on; the text is for people.
struct cannot_start : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class T>
T must(result<T> r) {
  if (!r) throw cannot_start(r.error().detail);
  return std::move(*r);
}

/// All parts of a serving process. Members in the order in which they start; the destructor undoes
/// it.
class process {
 public:
  explicit process(const settings& s)
      : options_(s.values),
        storage_(must(storage::open(options_))),
        provider_(open_provider()),
        tls_(must(open_tls(options_, clock_))),
        tokens_(must(token_access::open(options_, clock_))),
        keys_(*storage_->read, clock_, must(load_pepper(storage_->where)), options_.admin_key),
        feed_(*storage_->read, *storage_->log, {}) {
    has_administrator_ = !options_.admin_key.empty() || has_administrator(*storage_->read);
    if (auto why = check_exposure(options_, has_administrator_)) throw cannot_start(why->detail);
    wire_desk();
    if (tokens_) keys_.accept_tokens(tokens_->sign_in());
    outgoing_ =
        must(outgoing::open(options_, *storage_, clock_, must(load_pepper(storage_->where))));
    outgoing_->set_desk(*desk_);
    wire_reconciler();
    payment_events_ = must(payment_events::open(options_, clock_, *desk_));
    wire_http();
  }

  void start() {
    if (tokens_) tokens_->start();
    storage_->feeder->start();
    desk_->start();
    feed_.start();
    outgoing_->start();
    reconciler_->start();
    server_->start();
    prefer_threads(server_->thread_ids(), options_.worker_niceness);
    announcement a;
    a.version = version;
    a.address = server_->address();
    a.scheme = tls_ ? "https" : "http";
    a.data_dir = std::filesystem::absolute(options_.data_dir);
    // After the address is bound: a key that is made must also be seen.
    if (!has_administrator_) a.new_key = must(make_administrator(*desk_, hasher(), clock_));
    if (options_.demo) show_demo(a);
    show_what_is_durable();
    started_ = true;
    spdlog::info("ready at {}://{}", a.scheme, a.address);
    if (!tls_ && !is_loopback(*parse_endpoint(options_.listen)))
      spdlog::warn(
          "serving other machines without TLS: keys can be read on the way unless a proxy with TLS "
          "stands in front (tls-certificate, tls-key)");
    // Last, so that the log of the start does not push it up, and at once, so that no line of the
    // log lands in it.
    const auto text = to_text(a);
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }

  /// Reads again what may change while the process runs. Mistakes are logged; what was in use
  /// stays.
  void reload() {
    spdlog::info("SIGHUP: reading certificates and keys again");
    if (tokens_) tokens_->reload();
    if (tls_) reload_tls(*tls_, clock_);
    payment_events_->reload();
  }
  void look_around() {
    if (tls_ && tls_->files_changed()) reload_tls(*tls_, clock_);
    watch_.look(*desk_);
  }

  /// Requests in flight end, then everything stops. False when the actors did not stop in time: the
  /// destructors must not run then.
  bool drain() {
    const auto until = steady_clock::now() + options_.drain_limit;
    const auto left = [&] {
      return std::max(milliseconds(100),
                      std::chrono::duration_cast<milliseconds>(until - steady_clock::now()));
    };
    draining_ = true;
    reconciler_->stop();
    if (!server_->drain(left())) spdlog::warn("some connections did not end in time");
    feed_.stop();
    outgoing_->stop();
    server_->stop();
    if (tokens_) tokens_->stop();
    const bool stopped = desk_->stop(left());
    if (!stopped) spdlog::warn("some actors did not end in time");
    // While there is still somebody to give its last answers to.
    if (stopped) provider_.reset();
    storage_->log->close();
    storage_->feeder->stop();
    return stopped;
  }

 private:
  void wire_desk() {
    desk_options d;
    d.actor_threads = options_.actor_threads > 0 ? options_.actor_threads : usable_processors();
    d.saga_hosts = static_cast<std::size_t>(options_.saga_hosts);
    d.most_in_flight = static_cast<std::size_t>(options_.max_in_flight);
    d.step_target = options_.admission_target;
    d.provider = provider_->name();
    d.action_ttl = options_.payment_action_ttl;
    d.provider_patience = patience_with_provider(options_);
    desk_ =
        desk::make({*storage_->log, *storage_->index, storage_->read.get(), *provider_, clock_}, d);
  }

  std::unique_ptr<guarded_provider> open_provider() {
    auto provider = must(open_payments(options_, storage_->where, clock_, timers_));
    // Reading the ledger is no call for a customer: the breaker does not count it.
    ledger_ = dynamic_cast<provider_ledger*>(provider.get());
    return guard_payments(options_, std::move(provider), clock_);
  }

  void wire_reconciler() {
    auto read = [this](instant from) {
      return ledger_ != nullptr ? read_ledger(*ledger_, from)
                                : read_sandbox(storage_->where.sandbox);
    };
    reconciler_ = std::make_unique<reconciler>(
        reconciler::world{*storage_->read, *storage_->index, *desk_, clock_, std::move(read)},
        reconciler::options{options_.reconcile_every, options_.reconcile_grace});
  }

  void wire_http() {
    context_ = std::make_unique<http::api_context>(http::api_context{
        .commands = *desk_,
        .read = *storage_->read,
        .index = *storage_->index,
        .log = *storage_->log,
        .clock = clock_,
        .keys = keys_,
        .feed = feed_,
        .version = version,
        .started_at = clock_.now(),
        .journal_numbers = [this] { return storage_->log->stats(); },
        .followers = [this] { return storage_->feeder->describe(); },
        .readiness = [this] { return readiness(); },
        .started = [this] { return started_.load(); },
        .draining = [this] { return draining_.load(); },
        .transport = [this] { return server_ ? &server_->stats() : nullptr; },
        .dependencies = [this] { return dependencies_of(provider_.get(), outgoing_.get()); },
        .switch_dependency =
            [this](std::string_view name, bool trip, const account_id& by) {
              return atrium::switch_dependency(provider_.get(), outgoing_.get(), name, trip, by);
            },
        .payment_event =
            [this](std::string_view signature, std::string_view body) {
              return payment_events_->take(signature, body);
            },
        .authenticate = [this](
                            const payment_id& payment,
                            bool succeeded) { return provider_->authenticate(payment, succeeded); },
        .reconciliation = [this] { return reconciler_->report(); },
        .metric_sources =
            {[this] {
               return dependency_numbers(dependencies_of(provider_.get(), outgoing_.get()));
             },
             [this] { return drill_numbers(drills_); }, [this] { return reconciler_->numbers(); },
             [this] { return payment_events_->numbers(); },
             [this] { return provider_ ? payment_numbers(provider_->calls()) : samples{}; },
             [this] { return tokens_ ? tokens_->numbers() : samples{}; },
             [this] { return delivery_numbers(*outgoing_); }},
        .hold_ttl = options_.hold_ttl,
        .receipt_issuer = options_.receipt_issuer,
        .deliveries = outgoing_.get(),
        .drill = &drills_,
    });
    auto o = server_options_of(options_);
    o.tls = tls_;
    o.waited = [this](std::chrono::nanoseconds time) { desk_->edge_waited(time); };
    o.rates.busy = [this](const http::principal& who) {
      return desk_->busy_for(who.account, who.is_operator());
    };
    server_ = std::make_unique<http::server>(
        std::move(o), http::api_routes(*context_),
        [this](std::string_view authorization, const http::may_cost& costly) {
          return keys_.authenticate(authorization, costly);
        });
  }

  /// What a drill stops apart from routes.
  void switch_subsystem(http::subsystem what, bool stop) {
    if (what == http::subsystem::notifier) outgoing_->set_paused(stop);
    if (what == http::subsystem::projector) storage_->feeder->set_paused("views", stop);
  }

  /// Who is told about a key or a demonstration office finds it in the very first answer. A read
  /// model that cannot follow is readyz's business, not start-up's.
  void show_what_is_durable() {
    auto reached = std::make_shared<std::promise<void>>();
    const auto shown = reached->get_future();
    const auto place = storage_->read->when_reached(storage_->log->durable_position(),
                                                    [reached] { reached->set_value(); });
    shown.wait_for(std::chrono::seconds(10));
  }

  std::vector<http::readiness_check> readiness() const {
    std::vector<http::readiness_check> checks;
    checks.push_back({"started", started_, started_ ? "" : "recovery has not ended"});
    checks.push_back({"serving", !draining_, draining_ ? "the server is stopping" : ""});
    for (const auto& f : storage_->feeder->describe())
      checks.push_back({f.name, f.last_error.empty(), f.last_error});
    return checks;
  }

  key_hasher hasher() const {
    return [this](std::string_view key) { return keys_.hash(key); };
  }

  void show_demo(announcement& a) {
    const auto done = must(demo::fill(*desk_, hasher(), storage_->where, clock_));
    for (const auto& why : done.refused) spdlog::warn("demonstration office: {}", why);
    a.demo_keys = done.keys;
    const auto slot = demo::first_try(clock_.now());
    a.demo_room = slot.room.str();
    a.demo_start = format_instant(slot.when.start);
    a.demo_end = format_instant(slot.when.end);
  }

  const options options_;
  moved_clock clock_{options_.clock_file};
  timer_thread timers_;
  std::unique_ptr<storage> storage_;
  provider_ledger* ledger_ = nullptr;  ///< within provider_; null: the sandbox
  std::unique_ptr<guarded_provider> provider_;
  std::shared_ptr<http::tls_credentials> tls_;
  std::unique_ptr<token_access> tokens_;
  http::credentials keys_;
  http::live_feed feed_;
  http::drills drills_{[this](http::subsystem what, bool stop) { switch_subsystem(what, stop); }};
  bool has_administrator_ = false;
  std::atomic<bool> started_ = false;
  std::atomic<bool> draining_ = false;
  std::unique_ptr<desk> desk_;
  std::unique_ptr<outgoing> outgoing_;
  std::unique_ptr<reconciler> reconciler_;
  saga_watch watch_;
  std::unique_ptr<payment_events> payment_events_;
  std::unique_ptr<http::api_context> context_;
  std::unique_ptr<http::server> server_;
};

int serve_until_stopped(const settings& s, stop_signals& signals) {
  process p(s);
  p.start();
  std::optional<int> number;
  while (!number || *number == SIGHUP) {
    number = signals.wait_for(look_around_every);
    if (!number) p.look_around();
    if (number == SIGHUP) p.reload();
  }
  spdlog::info("{}: draining for up to {}", *number == SIGINT ? "SIGINT" : "SIGTERM",
               format_duration(s.values.drain_limit));
  signals.release();
  const bool stopped = p.drain();
  spdlog::info("stopped");
  if (!stopped) {
    spdlog::shutdown();
    std::_Exit(0);
  }
  return 0;
}

}  // namespace

int serve(const settings& s) {
  stop_signals signals;
  std::setvbuf(stdout, nullptr, _IOFBF, 64 * 1024);  // the announcement is one write
  start_logging(s.values.log_level, s.values.log_format);
  for (const auto& warning : s.warnings) spdlog::warn("{}", warning);
  try {
    if (::sodium_init() < 0) throw cannot_start("libsodium finds no source of random numbers");
    return serve_until_stopped(s, signals);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "atrium: %s\n", e.what());
    return 1;
  }
}

}  // namespace atrium
