// Certificates from files, and what is special about connections with TLS. That all the rest is the
// same with TLS is the business of http_transport_tls_test, which runs the other tests over it.
#include "http/tls.hpp"

#include <gmock/gmock.h>

#include "tests/http/certificate_maker.hpp"
#include "tests/http/server_fixture.hpp"

namespace atrium::http::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class TlsCredentialsTest : public ::testing::Test {
 protected:
  /// What load() says of these two files; "" when it is content.
  std::string complaint(const std::string& certificate, const std::string& key) {
    tls_credentials tls(box_.put("cert.pem", certificate), box_.put("key.pem", key));
    const auto done = tls.load(now_);
    EXPECT_EQ(static_cast<bool>(done), tls.current() != nullptr);
    return done ? "" : done.error().detail;
  }

  const instant now_ = system_clock().now();
  const file_box box_;
  const certificate good_ = make_certificate();
};

TEST_F(TlsCredentialsTest, AMatchingPairIsLoaded) {
  EXPECT_EQ(complaint(good_.chain, good_.key), "");
}

TEST_F(TlsCredentialsTest, MistakesAreNamedWithTheFile) {
  EXPECT_THAT(complaint(good_.chain, make_certificate().key), HasSubstr("is not the key of"));
  EXPECT_THAT(complaint("nonsense", good_.key), HasSubstr("cert.pem holds no certificate"));
  EXPECT_THAT(complaint(good_.chain, "nonsense"), HasSubstr("key.pem holds no private key"));
  EXPECT_THAT(complaint(good_.chain, with_passphrase(good_)), HasSubstr("without a passphrase"));
  const auto old = make_certificate(-7200, -3600);
  EXPECT_THAT(complaint(old.chain, old.key), HasSubstr("expired at 20"));
  const auto early = make_certificate(3600, 7200);
  EXPECT_THAT(complaint(early.chain, early.key), HasSubstr("is not valid before 20"));
}

TEST_F(TlsCredentialsTest, FilesThatCannotBeReadAreNamed) {
  const auto key = box_.put("key.pem", good_.key);
  EXPECT_THAT(tls_credentials(box_.at("missing"), key).load(now_).error().detail,
              HasSubstr("missing cannot be read: No such file"));
  EXPECT_THAT(tls_credentials(box_.at(""), key).load(now_).error().detail,
              HasSubstr("cannot be read"));
}

TEST_F(TlsCredentialsTest, AFailedReloadKeepsWhatIsInUse) {
  tls_credentials tls(box_.put("cert.pem", good_.chain), box_.put("key.pem", good_.key));
  ASSERT_TRUE(tls.load(now_));
  const auto before = tls.current();
  EXPECT_FALSE(tls.files_changed());
  box_.put("cert.pem", make_certificate().chain);
  std::filesystem::last_write_time(box_.at("cert.pem"),
                                   std::filesystem::file_time_type::clock::now() + 1min);
  EXPECT_TRUE(tls.files_changed());
  EXPECT_FALSE(tls.load(now_)) << "the key was not replaced yet";
  EXPECT_EQ(tls.current(), before);
  EXPECT_FALSE(tls.files_changed()) << "looked at; only another change makes it worth another try";
}

class TlsServerTest : public ServerFixture {
 protected:
  TlsServerTest() { secure(); }
};

TEST_F(TlsServerTest, OnlyHttp11IsNegotiatedFromTls12On) {
  start();
  EXPECT_EQ(raw_client(server_->port(), tls_offer{.protocols = "\x02h2\x08http/1.1"}).protocol(),
            "http/1.1");
  EXPECT_EQ(raw_client(server_->port(), tls_offer{}).protocol(), "");
  EXPECT_THROW(raw_client(server_->port(), tls_offer{.protocols = "\x02h2"}), std::runtime_error);
  EXPECT_EQ(raw_client(server_->port(), tls_offer{.most_version = 0x0303}).version(), "TLSv1.2");
  EXPECT_THROW(raw_client(server_->port(), tls_offer{.most_version = 0x0302}), std::runtime_error);
  EXPECT_THROW(
      raw_client(server_->port(), tls_offer{.most_version = 0x0303, .ciphers = "AES128-SHA"}),
      std::runtime_error);
  EXPECT_EQ(raw_client(server_->port(), tls_offer{}).version(), "TLSv1.3");
}

TEST_F(TlsServerTest, PlainHttpIsToldSo) {
  start();
  raw_client c(server_->port(), std::nullopt);
  c.send(get("/echo"));
  const auto r = c.receive();
  EXPECT_EQ(r.status, 400);
  EXPECT_THAT(r.body, HasSubstr("https://"));
  EXPECT_TRUE(c.closed());
}

TEST_F(TlsServerTest, AHandshakeThatTakesTooLongIsCut) {
  start();
  raw_client silent(server_->port(), std::nullopt);
  ASSERT_TRUE(eventually([&] { return server_->stats().tls_handshakes_open.load() == 1; }));
  pass(4s);
  EXPECT_EQ(server_->stats().tls_handshakes_open.load(), 1u);
  pass(1s);
  EXPECT_TRUE(silent.closed());
  EXPECT_TRUE(eventually([&] { return server_->stats().tls_handshakes_open.load() == 0; }));
  EXPECT_EQ(server_->stats().connections_timed_out.load(), 1u);
}

TEST_F(TlsServerTest, HandshakesAtOnceAreBounded) {
  options_.max_handshakes = 2;
  start();
  {
    raw_client one(server_->port(), std::nullopt), two(server_->port(), std::nullopt);
    ASSERT_TRUE(eventually([&] { return server_->stats().tls_handshakes_open.load() == 2; }));
    EXPECT_THROW(raw_client(server_->port(), tls_offer{}), std::runtime_error);
    EXPECT_EQ(server_->stats().connections_refused.load(), 1u);
  }
  ASSERT_TRUE(eventually([&] { return server_->stats().tls_handshakes_open.load() == 0; }));
  raw_client c(server_->port(), tls_offer{});
  c.send(get("/echo"));
  EXPECT_EQ(c.receive().status, 200);
}

TEST_F(TlsServerTest, NonsenseEndsTheConnectionAndNothingElse) {
  start();
  raw_client c(server_->port(), std::nullopt);
  c.send(std::string("\x16\x03\x01\xff\xff", 5) + std::string(200, 'x'));
  c.rest();
  EXPECT_EQ(server_->stats().tls_handshakes_failed.load(), 1u);
  EXPECT_EQ(ask(get("/echo")).status, 200);
}

TEST_F(TlsServerTest, ANewCertificateIsForNewConnections) {
  start();
  auto old = connect();
  const auto before = old.certificate();
  const auto next = make_certificate();
  files_.put("cert.pem", next.chain);
  files_.put("key.pem", next.key);
  ASSERT_TRUE(options_.tls->load(system_clock().now()));
  EXPECT_NE(connect().certificate(), before);
  old.send(get("/echo"));
  EXPECT_EQ(old.receive().status, 200);
}

TEST_F(TlsServerTest, BrowsersAreToldToComeBackByTls) {
  options_.strict_transport = true;
  start();
  EXPECT_EQ(ask(get("/echo")).header("strict-transport-security"), "max-age=31536000");
}

}  // namespace
}  // namespace atrium::http::test
