#include "http/access_log.hpp"

#include <spdlog/spdlog.h>

namespace atrium::http {
namespace {

std::shared_ptr<spdlog::logger> logger() {
  auto own = spdlog::get("http");
  return own ? own : spdlog::default_logger();
}

}  // namespace

access_log spdlog_access_log(access_log_level level) {
  if (level == access_log_level::off) return {};
  return [level, to = logger()](const access_record& a) {
    const bool failed = a.status >= 500;
    if (!failed && level != access_log_level::all) return;
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
