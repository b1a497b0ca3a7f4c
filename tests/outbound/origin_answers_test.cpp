// Answers as servers send them, well or not, on time or not; and servers that are not the right
// one.
#include <gtest/gtest.h>

#include <atomic>

#include "outbound/origin_client.hpp"
#include "tests/http/certificate_maker.hpp"
#include "tests/outbound/origin_harness.hpp"
#include "tests/outbound/scripted_server.hpp"

namespace atrium::outbound {
namespace {

using namespace test;
using atrium::test::peer;
using atrium::test::scripted_server;
using end = answer::end;

constexpr std::chrono::milliseconds soon{250};

/// What becomes of a call that is answered with these bytes, and then with the end of the
/// connection, or with silence.
answer heard(const std::string& bytes, bool is_silent = false) {
  scripted_server server([&](peer& p) {
    p.read_request();
    p.send(bytes);
    if (is_silent) p.await_close();
  });
  auto o = to(server.url());
  if (is_silent) o.answer_within = soon;
  origin_client c(std::move(o));
  auto a = ask(c, repeatable());
  EXPECT_EQ(server.connections(), 1u);
  c.stop();
  return a;
}

TEST(OriginAnswersTest, BodiesInChunksAreWhole) {
  const auto a = heard(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\n\r\n"
      "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n");
  EXPECT_EQ(a.how, end::answered);
  EXPECT_EQ(a.body, "abcde");
}

TEST(OriginAnswersTest, BodiesWithoutALengthEndWithTheConnection) {
  const auto a = heard("HTTP/1.1 200 OK\r\n\r\nuntil the end");
  EXPECT_EQ(a.how, end::answered);
  EXPECT_EQ(a.body, "until the end");
}

TEST(OriginAnswersTest, InterimAnswersArePassedOver) {
  const auto a = heard("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" +
                       ok("proper"));
  EXPECT_EQ(a.status, 200);
  EXPECT_EQ(a.body, "proper");
}

TEST(OriginAnswersTest, RedirectsAreAnswers) {
  EXPECT_EQ(heard("HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: "
                  "0\r\n\r\n")
                .status,
            307);
}

TEST(OriginAnswersTest, CutBodiesAreNoAnswer) {
  EXPECT_EQ(heard("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").how, end::broken);
  EXPECT_EQ(heard("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n").how,
            end::broken);
  EXPECT_EQ(heard("HTTP/1.1 200 OK\r\nContent-Le").how, end::broken);
}

TEST(OriginAnswersTest, RefusalsCountThoughTheirBodiesAreCut) {
  const auto a = heard("HTTP/1.1 402 No\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(a.how, end::answered);
  EXPECT_EQ(a.status, 402);
}

TEST(OriginAnswersTest, WhatIsNotHttpIsNoAnswer) {
  EXPECT_EQ(heard("220 mail.example ESMTP\r\n\r\n").how, end::broken);
  EXPECT_EQ(heard("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n").how,
            end::broken);
}

TEST(OriginAnswersTest, SilenceTimesOutWhereverItBegins) {
  for (const char* begun :
       {"", "HTTP/1.1 200 O", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        "HTTP/1.1 402 No\r\nContent-Length: 10\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n"}) {
    const auto a = heard(begun, true);
    EXPECT_EQ(a.how, end::timed_out) << begun;
    EXPECT_GE(a.took, soon) << begun;
  }
}

TEST(OriginAnswersTest, OthersGoOnBesideASilentCall) {
  scripted_server server([](peer& p) {
    while (p.read_request().starts_with("POST")) p.send(ok());
    p.await_close();
  });
  auto o = to(server.url());
  origin_client c(std::move(o));
  origin_call silent;
  silent.method = "GET";
  const auto hangs = begin(c, std::move(silent));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ask(c, post()).status, 200);
  EXPECT_EQ(c.under_way(), 1u);
  c.stop();
}

TEST(OriginAnswersTest, CallsThatGetNoConnectionInTimeWereNotSent) {
  scripted_server silent([](peer& p) { p.await_close(); });
  // No handshake ends, so that the one connection is never there for the first or the second.
  auto o = to(silent.url("https", "localhost"));
  o.most_connections = 1;
  o.answer_within = soon;
  origin_client c(std::move(o));
  auto first = begin(c, post()), second = begin(c, post());
  EXPECT_EQ(first.get().how, end::unreachable);
  EXPECT_EQ(second.get().how, end::unreachable);
  c.stop();
}

TEST(OriginAnswersTest, WhatIsTooLongIsCutAndTheConnectionIsKept) {
  const std::string longer(100'000, 'x');
  scripted_server server([&](peer& p) {
    while (!p.read_request().empty()) p.send(ok(longer));
  });
  auto o = to(server.url());
  o.most_answer_bytes = 10;
  origin_client c(std::move(o));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(ask(c, post()).body, "xxxxxxxxxx");
  EXPECT_EQ(server.connections(), 1u);
  c.stop();
}

TEST(OriginAnswersTest, AnAnswerBeforeTheEndOfTheRequestEndsTheConnection) {
  scripted_server server([&](peer& p) {
    if (p.number() == 0)
      p.send("HTTP/1.1 413 Too much\r\nContent-Length: 0\r\n\r\n");
    else if (!p.read_request().empty())
      p.send(ok());
    p.await_close();
  });
  origin_client c(to(server.url()));
  EXPECT_EQ(ask(c, post(std::string(64u << 20, 'x'))).status, 413);
  EXPECT_EQ(ask(c, post()).status, 200);
  EXPECT_EQ(server.connections(), 2u);
  c.stop();
}

TEST(OriginAnswersTest, NobodyListeningIsUnreachable) {
  std::string url;
  {
    scripted_server gone([](peer&) {});
    url = gone.url();
  }
  origin_client c(to(url));
  const auto a = ask(c, repeatable());
  EXPECT_EQ(a.how, end::unreachable);
  EXPECT_TRUE(a.detail.starts_with("cannot connect to 127.0.0.1:")) << a.detail;
}

TEST(OriginAnswersTest, ANameThatNobodyHasIsUnreachable) {
  // A label has at most 63 characters, so that nobody needs to be asked.
  origin_client c(to("http://" + std::string(64, 'x') + ".example"));
  EXPECT_EQ(ask(c, post()).how, end::unreachable);
}

// ---- TLS
// -----------------------------------------------------------------------------------------

struct secure_server {
  explicit secure_server(long until_s = 3600)
      : made(http::test::make_certificate(-7200, until_s)),
        ca_file(box.put("ca.pem", made.chain).string()) {}

  answer ask_as(const std::string& host, const std::string& trusted) {
    auto o = to(server.url("https", host));
    o.ca_file = trusted;
    origin_client c(std::move(o));
    auto a = ask(c, repeatable());
    if (a.how == end::answered) {
      EXPECT_EQ(ask(c, repeatable()).status, 200) << "on the kept connection";
    }
    c.stop();
    return a;
  }

  http::test::certificate made;
  http::test::file_box box;
  std::string ca_file;
  std::atomic<int> requests{0};
  scripted_server server{[this](peer& p) {
                           while (!p.read_request().empty()) ++requests, p.send(ok());
                         },
                         made.chain, made.key};
};

TEST(OriginAnswersTest, CertificatesOfTheServerAreTrusted) {
  secure_server s;
  const auto a = s.ask_as("localhost", s.ca_file);
  EXPECT_EQ(a.status, 200) << a.detail;
  EXPECT_EQ(a.body, "ok");
  EXPECT_EQ(s.server.served(), 1u);
}

TEST(OriginAnswersTest, OtherCertificatesAreNotAndNothingIsSent) {
  secure_server s, other;
  const auto by_system = s.ask_as("localhost", "");
  EXPECT_EQ(by_system.how, end::unreachable);
  EXPECT_NE(by_system.detail.find("not trusted for localhost"), std::string::npos)
      << by_system.detail;
  EXPECT_EQ(s.ask_as("localhost", other.ca_file).how, end::unreachable) << "same name, other key";
  EXPECT_EQ(s.ask_as("127.0.0.1", s.ca_file).how, end::unreachable) << "another name";
  EXPECT_EQ(s.requests, 0);
}

TEST(OriginAnswersTest, ExpiredCertificatesAreNotTrusted) {
  secure_server s(-3600);
  const auto a = s.ask_as("localhost", s.ca_file);
  EXPECT_EQ(a.how, end::unreachable);
  EXPECT_NE(a.detail.find("expired"), std::string::npos) << a.detail;
  EXPECT_EQ(s.requests, 0);
}

TEST(OriginAnswersTest, AServerWithoutTlsIsUnreachableByIt) {
  scripted_server plain([](peer& p) { p.send("HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n"); });
  origin_client c(to(plain.url("https", "localhost")));
  EXPECT_EQ(ask(c, repeatable()).how, end::unreachable);
  c.stop();
}

TEST(OriginAnswersTest, AHandshakeThatDoesNotEndIsUnreachable) {
  scripted_server silent([](peer& p) { p.await_close(); });
  auto o = to(silent.url("https", "localhost"));
  o.connect_within = soon;
  origin_client c(std::move(o));
  EXPECT_EQ(ask(c, repeatable()).how, end::unreachable);
  c.stop();
}

TEST(OriginAnswersTest, ASecureConnectionThatEndsUnderACallLeavesItOpen) {
  const auto made = http::test::make_certificate();
  const http::test::file_box box;
  std::atomic<int> requests{0};
  scripted_server server(
      [&](peer& p) {
        requests += p.read_request().empty() ? 0 : 1;
        p.reset();
      },
      made.chain, made.key);
  auto o = to(server.url("https", "localhost"));
  o.ca_file = box.put("ca.pem", made.chain).string();
  origin_client c(std::move(o));
  EXPECT_EQ(ask(c, repeatable()).how, end::broken);
  EXPECT_EQ(requests, 1);
  c.stop();
}

}  // namespace
}  // namespace atrium::outbound
