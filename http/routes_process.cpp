#include "http/docs_page.hpp"
#include "http/drills.hpp"
#include "http/metrics.hpp"
#include "http/openapi_document.hpp"
#include "http/routes_common.hpp"

namespace atrium::http {
namespace {

response text_answer(std::string type, std::string body) {
  response r;
  r.content_type = std::move(type);
  r.body = std::move(body);
  return r;
}

response ready(const api_context& c, const request& r) {
  if (c.draining && c.draining())
    return problem(failure{.code = ec::draining,
                           .detail = "This process is shutting down. Send requests elsewhere.",
                           .retry_after_ms = 5'000},
                   r);
  std::string wrong;
  std::vector<std::string> checks;
  if (c.readiness)
    for (const auto& check : c.readiness()) {
      checks.push_back("{\"name\":" + json_text(check.name) +
                       ",\"ok\":" + (check.ok ? "true" : "false") +
                       ",\"detail\":" + json_text(check.detail) + "}");
      if (!check.ok) wrong += (wrong.empty() ? "" : "; ") + check.name + ": " + check.detail;
    }
  if (c.drill != nullptr)
    for (const auto& s : c.drill->describe())
      if (s.stopped)
        checks.push_back("{\"name\":" + json_text(to_string(s.what)) +
                         ",\"ok\":false,\"detail\":\"stopped for a drill; bookings go on\"}");
  const bool drilling = c.drill != nullptr && !c.drill->stopped_names().empty();
  if (wrong.empty())
    return json_answer(200, std::string("{\"status\":") +
                                (drilling ? "\"degraded\"" : "\"ready\"") +
                                ",\"checks\":" + json_list(checks) + "}");
  return problem(failure{.code = ec::dependency_unavailable,
                         .detail = "Not ready: " + wrong + ". Ask again in a moment.",
                         .retry_after_ms = 1'000},
                 r);
}

response startup(const api_context& c, const request& r) {
  if (!c.started || c.started()) return json_answer(200, "{\"status\":\"started\"}");
  return problem(failure{.code = ec::dependency_unavailable,
                         .detail = "Recovery has not ended yet. Ask again in a moment.",
                         .retry_after_ms = 1'000},
                 r);
}

}  // namespace

void add_process_routes(api_context& c, routes& to) {
  const auto add = [&to](const std::string& path, std::function<response(const request&)> f) {
    to.push_back({.method = verb::get,
                  .pattern = path,
                  .who = access::anonymous,
                  .handle = [f = std::move(f)](const request_ptr& r,
                                               const responder_ptr& out) { out->send(f(*r)); },
                  .limited = false});
  };
  add("/livez", [](const request&) { return json_answer(200, "{\"status\":\"alive\"}"); });
  add("/readyz", [&c](const request& r) { return ready(c, r); });
  add("/startupz", [&c](const request& r) { return startup(c, r); });
  add("/metrics", [&c](const request&) {
    return text_answer("text/plain; version=0.0.4; charset=utf-8", render_metrics(c));
  });
  add("/openapi.yaml", [](const request& r) {
    auto out = document(r, std::string(openapi_text()));
    out.content_type = "application/yaml";
    return out;
  });
  add("/docs", [](const request&) { return docs_page(); });
}

}  // namespace atrium::http
