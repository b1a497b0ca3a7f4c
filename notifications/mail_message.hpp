#pragma once

#include <optional>
#include <string>

#include "notifications/wording.hpp"
#include "persistence/documents.hpp"
#include "persistence/views.hpp"

namespace atrium {

/// Who sends: from the options.
struct mail_sender {
  std::string address;  ///< also the domain of message ids and calendar UIDs
  std::string name;
  std::string public_url;  ///< where people reach this server; empty: no links in mails
};

/// What one mail is about.
struct mail_facts {
  std::string message_id;  ///< stable for one message: letters, digits, dots and hyphens
  notification_doc news;
  account_doc reader;
  std::optional<reservation_doc> booking;  ///< for the calendar attachment
  std::string site;                        ///< of the room
  std::uint32_t sequence = 0;              ///< of the calendar entry
  std::string unsubscribe;                 ///< link for optional messages; empty: none
};

/// The whole message as it goes to the relay: text and HTML in the reader's language, and an
/// invitation or its cancellation when the booking was confirmed or cancelled. The same facts make
/// the same bytes, so a mail that is sent twice can be recognised. Fails with validation when the
/// reader's address cannot be mailed to. Pure; thread-safe.
result<std::string> write_mail(const mail_facts& facts, const mail_sender& sender);

/// The HTML half alone, for previews.
std::string write_html(const mail_facts& facts, const mail_sender& sender);

}  // namespace atrium
