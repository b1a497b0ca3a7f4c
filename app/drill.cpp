#include "app/drill.hpp"

#include <cstdio>
#include <future>
#include <memory>

#include "cluster-config/values.hpp"
#include "outbound/client.hpp"

namespace atrium {
namespace {

int complain(const std::string& why) {
  std::fprintf(stderr, "atrium: %s\n", why.c_str());
  return 1;
}

/// A server that listens everywhere is asked on this machine.
std::string url_of(const options& o) {
  const auto at = o.listen.rfind(':');
  auto host = o.listen.substr(0, at);
  if (host == "0.0.0.0" || host.empty()) host = "127.0.0.1";
  if (host == "[::]") host = "[::1]";
  const std::string scheme = o.tls_certificate.empty() ? "http://" : "https://";
  return scheme + host + (at == std::string::npos ? "" : o.listen.substr(at));
}

outbound::answer ask(outbound::http_request request) {
  outbound::client out({.name = "drill", .public_only = false});
  auto answered = std::make_shared<std::promise<outbound::answer>>();
  auto got = answered->get_future();
  if (!out.send(std::move(request),
                [answered](outbound::answer a) { answered->set_value(std::move(a)); }))
    return {};
  return got.get();
}

}  // namespace

int run_drill(const options& o, const drill_request& what) {
  if (o.admin_key.empty())
    return complain("drill: put the key of an administrator into ATRIUM_ADMIN_KEY");
  outbound::http_request request;
  request.url = (what.url.empty() ? url_of(o) : what.url) + "/v1/introspection/drills";
  request.headers = {{"Authorization", "Bearer " + o.admin_key}};
  request.ca_file = what.ca_file;
  if (what.action == "list") {
    request.method = "GET";
  } else {
    request.url += "/" + what.subsystem + "/actions";
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = "{\"action\":\"" + what.action + "\"}";
  }
  const auto a = ask(std::move(request));
  if (a.how != outbound::answer::end::answered)
    return complain("drill: the server did not answer: " + a.detail);
  if (a.status != 200)
    return complain("drill: the server answered " + std::to_string(a.status) + ": " + a.body);
  std::printf("%s\n", a.body.c_str());
  return 0;
}

}  // namespace atrium
