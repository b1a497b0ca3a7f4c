#pragma once

#include <string>
#include <string_view>

#include "domain/money.hpp"
#include "domain/time.hpp"

namespace atrium {

enum class language : std::uint8_t { en, ko };

/// "ko" and "ko-KR" are Korean, everything else is English.
language parse_language(std::string_view tag);

/// An amount as people write it: "KRW 33,000" and "EUR 12.50" in English, "33,000원" and "12.50
/// EUR" in Korean; decimals as the currency has them.
std::string money_text(const money& m, language in);

/// "2026-11-22 09:00-11:00 (Asia/Seoul)": local time of the room; the end's date only when it is
/// another one.
std::string local_slot_text(const interval& when, std::string_view zone);

/// Why a payment was declined, as a whole sentence; a code nobody has put into words yet is shown
/// as it is.
std::string decline_text(std::string_view code, language in);

}  // namespace atrium
