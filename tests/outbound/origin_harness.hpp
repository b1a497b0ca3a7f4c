#pragma once

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <utility>

#include "outbound/origin_client.hpp"

namespace atrium::outbound::test {

inline origin_client::options to(const std::string& url) {
  origin_client::options o;
  o.name = "test";
  o.base_url = url;
  o.connect_within = std::chrono::seconds(5);
  o.answer_within = std::chrono::seconds(10);
  return o;
}

inline origin_call post(std::string body = "a=1") {
  origin_call c;
  c.path = "/v1/things";
  c.body = std::move(body);
  return c;
}

inline origin_call repeatable() {
  auto c = post();
  c.may_repeat = true;
  return c;
}

inline std::future<answer> begin(origin_client& c, origin_call what) {
  auto came = std::make_shared<std::promise<answer>>();
  EXPECT_TRUE(c.send(std::move(what), [came](answer a) { came->set_value(std::move(a)); }));
  return came->get_future();
}

inline answer ask(origin_client& c, origin_call what) {
  return begin(c, std::move(what)).get();
}

inline std::string ok(const std::string& body = "ok") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace atrium::outbound::test
