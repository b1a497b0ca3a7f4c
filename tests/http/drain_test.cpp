// How the server ends: requests in flight, idle connections, those nobody has accepted yet.
#include <future>
#include <thread>

#include "tests/http/server_fixture.hpp"

namespace atrium::http::test {
namespace {

using namespace std::chrono_literals;

class DrainTest : public ServerFixture {};

TEST_F(DrainTest, EndsIdleConnectionsAndWaitsForRequestsInFlight) {
  start();
  auto idle = std::make_unique<raw_client>(server_->port());
  auto busy = std::make_unique<raw_client>(server_->port());
  idle->send(get("/echo"));
  EXPECT_EQ(idle->receive().status, 200);
  busy->send(get("/parked"));
  auto p = parked_.take();
  std::thread clients([&] {
    EXPECT_TRUE(idle->closed());
    p.to->send({.body = "finished"});
    const auto r = busy->receive();
    EXPECT_EQ(r.body, "finished");
    EXPECT_EQ(r.header("connection"), "close");
    EXPECT_TRUE(busy->closed());
    busy.reset();
  });
  EXPECT_TRUE(server_->drain(20s));
  clients.join();
  EXPECT_THROW(connect(), std::runtime_error);
}

TEST_F(DrainTest, ServesWhoIsConnectedButNotAcceptedYet) {
  std::promise<void> held, go;
  options_.io_threads = 2;
  options_.log = [&](const access_record& a) {
    if (a.path != "/items/hold") return;
    held.set_value();
    go.get_future().wait();
  };
  start();
  auto first = connect(), second = connect();
  for (auto* c : {&first, &second}) {
    c->send(get("/echo"));
    EXPECT_EQ(c->receive().status, 200);
  }
  first.send(get("/items/hold"));
  held.get_future().wait();  // the first thread is in its log: nobody accepts
  auto late = connect();
  late.send(get("/echo"));
  std::thread draining([&] { EXPECT_TRUE(server_->drain(20s)); });
  do second.send(get("/echo"));
  while (second.receive().header("connection") != "close");
  go.set_value();
  EXPECT_EQ(late.receive().status, 200);
  EXPECT_TRUE(late.closed());
  for (auto* c : {&second, &late}) c->half_close();
  draining.join();
}

TEST_F(DrainTest, GivesUpAtItsLimit) {
  start();
  auto c = connect();
  c.send(get("/parked"));
  auto p = parked_.take();
  EXPECT_FALSE(server_->drain(10ms));
  server_->stop();
  EXPECT_EQ(c.receive().status, 0);
}

}  // namespace
}  // namespace atrium::http::test
