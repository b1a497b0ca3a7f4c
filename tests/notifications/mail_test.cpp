#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "notifications/mail_channel.hpp"
#include "notifications/mail_message.hpp"
#include "notifications/mime.hpp"

namespace atrium {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MimeTest, HeaderTextCannotEndItsLine) {
  const std::vector<std::string> texts{"a\r\nBcc: x@y", "a\nBcc: x@y", "a\rBcc: x@y",
                                       "\r\n\r\nbody",  "a\r\n b",     {"a\0b", 3}};
  for (const auto& text : texts) {
    const auto out = mime::header_text(text);
    for (std::size_t at = 0; (at = out.find_first_of("\r\n", at)) != std::string::npos; at += 3)
      EXPECT_EQ(out.substr(at, 3), "\r\n ") << "only folding breaks a line: " << out;
    EXPECT_EQ(out.find('\0'), std::string::npos) << "no mail program expects it";
    EXPECT_THAT(out, Not(HasSubstr("Bcc:")));
  }
}

TEST(MimeTest, PlainTextStaysAndOtherTextIsEncodedInWordsOfBoundedLength) {
  EXPECT_EQ(mime::header_text("Booked: Namsan"), "Booked: Namsan");
  EXPECT_EQ(mime::header_text("예약"), "=?UTF-8?B?7JiI7JW9?=");
  EXPECT_THAT(mime::header_text("=?UTF-8?B?QmNj?="), Not(HasSubstr("QmNj")));
  std::string longest;
  for (int i = 0; i < 200; ++i) longest += "약";
  std::size_t begin = 0;
  const auto folded = mime::header_text(longest);
  while (begin < folded.size()) {
    const auto end = std::min(folded.find("\r\n ", begin), folded.size());
    EXPECT_LE(end - begin, 75u);
    begin = end + 3;
  }
}

TEST(MimeTest, OnlyPlainAddressesAreMailboxes) {
  for (const char* good : {"a@example.org", "first.last+tag@sub.example.org", "a@localhost"})
    EXPECT_TRUE(mime::is_mailbox(good)) << good;
  for (const char* bad :
       {"", "a", "@example.org", "a@", "a b@example.org", "a@exa mple.org", "a@example.org\r\n",
        "a\r\n@example.org", "<a@example.org>", "a@example.org>", "\"a\"@example.org",
        "a@b@example.org", ".a@example.org", "a..b@example.org", "a@.org", "유저@example.org",
        "a@예.org", "a,b@example.org", "a@[127.0.0.1]"})
    EXPECT_FALSE(mime::is_mailbox(bad)) << bad;
}

mail_facts facts_of(const std::string& name, const std::string& email) {
  mail_facts f;
  f.message_id = "0123456789abcdef";
  f.news.type = "reservation.cancelled";
  f.news.room = room_id("rm_1");
  f.news.room_name = "Room\r\nBcc: victim@example.org";
  f.news.reservation = reservation_id("rs_1");
  f.news.time_zone = "Asia/Seoul";
  f.news.when = {*parse_instant("2026-11-24T01:00:00Z"), *parse_instant("2026-11-24T02:00:00Z")};
  f.news.created_at = *parse_instant("2026-11-23T05:00:00Z");
  f.news.extra = "<b>ill</b>";
  f.reader.facts.name = name;
  f.reader.facts.email = email;
  return f;
}

const mail_sender sender{"bookings@example.org", "Atrium", ""};

TEST(MailTest, TheHeaderHasOnlyOurFieldsWhateverTheTextsHold) {
  const auto mail = write_mail(facts_of("Eve\r\nBcc: b@example.org", "eve@example.org"), sender);
  ASSERT_TRUE(mail);
  const auto head = mail->substr(0, mail->find("\r\n\r\n"));
  std::vector<std::string> names;
  for (std::size_t at = 0; at < head.size();) {
    const auto end = std::min(head.find("\r\n", at), head.size());
    if (head[at] != ' ') names.push_back(head.substr(at, head.find(':', at) - at));
    at = end + 2;
  }
  EXPECT_THAT(
      names, ::testing::ElementsAre("Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted",
                                    "Content-Language", "MIME-Version", "Content-Type"));
}

TEST(MailTest, AnAddressThatCannotBeMailedIsRefused) {
  EXPECT_FALSE(write_mail(facts_of("Eve", "eve@example.org\r\nDATA"), sender));
}

TEST(MailTest, TheSameFactsMakeTheSameBytes) {
  const auto f = facts_of("Eve", "eve@example.org");
  EXPECT_EQ(write_mail(f, sender).value(), write_mail(f, sender).value());
}

TEST(MailTest, MarkupOfPeopleIsEscaped) {
  const auto html = write_html(facts_of("<script>", "eve@example.org"), sender);
  EXPECT_THAT(html, Not(HasSubstr("<script>")));
  EXPECT_THAT(html, Not(HasSubstr("<b>ill")));
  EXPECT_THAT(html, HasSubstr("&lt;b&gt;ill"));
}

TEST(MailOutcomeTest, RefusedCredentialsAndClosingRelaysAreTheRelaysFault) {
  using end = outbound::answer::end;
  using kind = delivery_outcome::kind;
  const auto of = [](end how, int status) {
    outbound::answer a;
    a.how = how;
    a.status = status;
    return outcome_of_mail(a).is;
  };
  EXPECT_EQ(of(end::answered, 250), kind::delivered);
  EXPECT_EQ(of(end::answered, 550), kind::refused);
  EXPECT_EQ(of(end::answered, 452), kind::failed);
  EXPECT_EQ(of(end::answered, 421), kind::unreachable);
  EXPECT_EQ(of(end::answered, 535), kind::unreachable);
  EXPECT_EQ(of(end::unreachable, 0), kind::unreachable);
  EXPECT_EQ(of(end::timed_out, 354), kind::failed);
  EXPECT_EQ(of(end::cancelled, 0), kind::stopped);
}

}  // namespace
}  // namespace atrium
