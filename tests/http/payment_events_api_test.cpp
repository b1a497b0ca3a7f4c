#include <gmock/gmock.h>

#include "tests/http/api_fixture.hpp"

namespace atrium::test {
namespace {

using ::testing::HasSubstr;

class PaymentEventsApiTest : public ApiTest {
 protected:
  http::response send(const std::string& body) {
    return call(who::anonymous, "POST", "/v1/payment-events/stripe", body,
                {{"stripe-signature", "t=1,v1=aa"}});
  }
};

TEST_F(PaymentEventsApiTest, SignatureAndBodyArriveAsTheyWereSent) {
  std::string seen;
  context->payment_event = [&](std::string_view signature, std::string_view body) -> result<void> {
    seen = std::string(signature) + "|" + std::string(body);
    return {};
  };
  const std::string body = "{ \"a\" :1}\n";
  const auto r = send(body);
  EXPECT_EQ(r.status, 200);
  EXPECT_EQ(at(r, "/received"), "true");
  EXPECT_EQ(seen, "t=1,v1=aa|" + body) << "the signature is over these bytes";
}

TEST_F(PaymentEventsApiTest, ARefusalIsAProblem) {
  context->payment_event = [](std::string_view, std::string_view) -> result<void> {
    return failure{.code = ec::malformed, .detail = "No signature fits.", .reason = "signature"};
  };
  const auto r = send("{}");
  EXPECT_EQ(r.status, 400);
  EXPECT_EQ(at(r, "/code"), "malformed");
  EXPECT_THAT(r.body, HasSubstr("No signature fits."));
}

TEST_F(PaymentEventsApiTest, ATooLongEventIsNotLookedAt) {
  bool asked = false;
  context->payment_event = [&](std::string_view, std::string_view) -> result<void> {
    asked = true;
    return {};
  };
  EXPECT_EQ(send(std::string(256 * 1024, ' ')).status, 200);
  asked = false;
  EXPECT_EQ(send(std::string(256 * 1024 + 1, ' ')).status, 413);
  EXPECT_FALSE(asked);
}

TEST_F(PaymentEventsApiTest, AServerWithoutSuchAProviderHasNoSuchPlace) {
  context->payment_event = nullptr;
  EXPECT_EQ(send("{}").status, 404);
}

}  // namespace
}  // namespace atrium::test
