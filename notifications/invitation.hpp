#pragma once

#include <cstdint>
#include <string>

#include "domain/time.hpp"

namespace atrium {

/// A booking as calendars know it.
struct invitation {
  enum class method : std::uint8_t { request, cancel } what = method::request;
  std::string uid;             ///< the same for all messages about one booking
  std::uint32_t sequence = 0;  ///< grows with every change of the booking
  interval when;
  std::string time_zone;  ///< IANA name; one this machine does not know: times are given in UTC
  std::string summary, location, description;
  std::string organizer_name, organizer;  ///< address
  std::string attendee_name, attendee;    ///< address
  instant stamp{};                        ///< when this was said
};

/// iCalendar (RFC 5545) with an iTIP method (RFC 5546): one VEVENT with local times and a VTIMEZONE
/// that holds for them. Written with libical. Pure; thread-safe.
std::string to_icalendar(const invitation& i);

}  // namespace atrium
