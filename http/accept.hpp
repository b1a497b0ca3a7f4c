#pragma once

#include <initializer_list>
#include <string_view>

/// What a client would rather get (RFC 9110, 12.5).
namespace atrium::http {

/// "ko" or "en", whichever Accept-Language (RFC 9110, 12.5.4) ranks higher; "" when it names
/// neither.
std::string_view preferred_language(std::string_view accept_language);

/// Which of the media types an Accept header (RFC 9110, 12.5.1) ranks highest; of equals, and
/// without a header, the first offered. "" when it names none of them.
std::string_view preferred_of(std::string_view accept,
                              std::initializer_list<std::string_view> offered);

}  // namespace atrium::http
