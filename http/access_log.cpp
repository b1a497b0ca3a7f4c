#include "http/access_log.hpp"

#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <memory>

namespace atrium::http {
namespace {

std::shared_ptr<spdlog::logger> logger() {
  auto own = spdlog::get("http");
  return own ? own : spdlog::default_logger();
}

/// Refusals of a busy desk, counted instead of written one by one: they come by the ten thousand
/// and have to be cheap. Concurrency: any thread.
class refused_count {
 public:
  /// How many to tell of now; 0: not yet.
  std::uint64_t add() {
    using namespace std::chrono;
    waiting_.fetch_add(1, std::memory_order_relaxed);
    const auto now = steady_clock::now().time_since_epoch();
    auto due = due_.load(std::memory_order_relaxed);
    const auto next = steady_clock::duration(now + seconds(1)).count();
    if (now.count() < due || !due_.compare_exchange_strong(due, next, std::memory_order_relaxed))
      return 0;
    return waiting_.exchange(0, std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> waiting_{0};
  std::atomic<std::chrono::steady_clock::rep> due_{0};
};

}  // namespace

access_log spdlog_access_log(access_log_level level) {
  if (level == access_log_level::off) return {};
  return [level, to = logger(),
          refused = std::make_shared<refused_count>()](const access_record& a) {
    const bool failed = a.status >= 500;
    if (!failed && level != access_log_level::all) return;
    if (a.problem == "overloaded" && level != access_log_level::all) {
      if (const auto n = refused->add())
        to->warn("{} requests refused as overloaded, the last one {} {} account={} correlation={}",
                 n, a.method, a.path, a.account, a.trace_id);
      return;
    }
    const bool secret = a.route.find("{token}") != std::string_view::npos;
    to->log(failed ? spdlog::level::warn : spdlog::level::info,
            "{} {} {} {} B {} us peer={} account={} correlation={} request={}{}{}", a.method,
            secret ? a.route : a.path, a.status, a.bytes, a.took.count(), a.peer, a.account,
            a.trace_id, a.request_id, a.problem.empty() ? "" : " problem=", a.problem);
  };
}

void log_handler_bug(std::string_view route, std::string_view what, std::string_view trace_id) {
  logger()->error("handler of {}: {} correlation={}", route, what, trace_id);
}

}  // namespace atrium::http
