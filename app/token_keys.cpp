#include "app/token_keys.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <future>

#include "outbound/client.hpp"

namespace atrium {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds fetch_within{10'000};
constexpr milliseconds look_whether_to_stop{100};

failure failed(std::string detail) {
  return failure{.code = ec::dependency_unavailable, .detail = std::move(detail)};
}

result<std::string> read_keys(const std::string& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::string text(http::jwk_set::most_bytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad()) return failed(path + " cannot be read: " + std::strerror(errno));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

result<std::string> get_keys(outbound::client& client, outbound::http_request request,
                             const std::atomic<bool>& stopping) {
  const auto url = request.url;
  const auto promised = std::make_shared<std::promise<outbound::answer>>();
  auto answered = promised->get_future();
  if (!client.send(std::move(request),
                   [promised](outbound::answer a) { promised->set_value(std::move(a)); }))
    return failed(url + ": the client was stopped");
  while (answered.wait_for(look_whether_to_stop) != std::future_status::ready)
    if (stopping.load()) client.stop();
  auto a = answered.get();
  if (a.how != outbound::answer::end::answered) return failed(url + ": " + a.detail);
  if (a.status != 200) return failed(url + " answered " + std::to_string(a.status));
  return std::move(a.body);
}

}  // namespace

http::jwks_keeper::fetcher fetch_token_keys(std::string source, std::filesystem::path ca_file) {
  if (source.find("://") == std::string::npos)
    return [source](const std::atomic<bool>&) { return read_keys(source); };
  outbound::client::options o;
  o.name = "atrium-jwks-get";
  o.public_only = false;  // the operator chose the address; issuers often are inside
  o.most_at_once = 1;
  const auto client = std::make_shared<outbound::client>(o);
  outbound::http_request request;
  request.method = "GET";
  request.url = std::move(source);
  request.headers = {{"Accept", "application/jwk-set+json, application/json"}};
  request.ca_file = ca_file.string();
  request.answer_within = fetch_within;
  request.most_answer_bytes = http::jwk_set::most_bytes + 1;
  return [client, request](const std::atomic<bool>& stopping) {
    return get_keys(*client, request, stopping);
  };
}

}  // namespace atrium
