#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace atrium::mime {

/// Text of a header field (a subject, a display name): ASCII as it is, anything else as RFC 2047
/// encoded words; folded. Line breaks and other control characters cannot survive: they make the
/// whole text encoded.
std::string header_text(std::string_view text);

/// `Name <address>` for From and To. Requires is_mailbox(address).
std::string mailbox(std::string_view name, std::string_view address);

/// An address that SMTP without extensions carries: ASCII, dot-atom local part, a domain of
/// letters, digits, hyphens and dots. So it holds nothing that could end a header or a command.
bool is_mailbox(std::string_view address);

/// Base64 in lines of 76 characters that end with CRLF.
std::string base64_lines(std::string_view bytes);

/// One leaf of a message, carried in base64 whatever it holds.
struct part {
  std::string type;         ///< "text/plain; charset=utf-8"
  std::string disposition;  ///< "attachment; filename=invite.ics"; empty: none
  std::string body;
};

/// Header fields by name; values must come from the functions above or be constants.
using fields = std::vector<std::pair<std::string, std::string>>;

/// A whole RFC 5322 message: multipart/alternative of `texts`, and around it multipart/mixed when
/// there are `attachments`. `boundary` makes the message the same each time it is made.
std::string compose(const fields& head, const std::vector<part>& texts,
                    const std::vector<part>& attachments, std::string_view boundary);

/// "Mon, 23 Nov 2026 05:27:40 +0000"
std::string date_text(long long unix_seconds);

}  // namespace atrium::mime
