#include "notifications/invitation.hpp"

#include <algorithm>
#include <cstdlib>
#include <libical/ical.h>
#include <memory>

#include "domain/zone.hpp"

namespace atrium {
namespace {

struct component_free {
  void operator()(icalcomponent* c) const { ::icalcomponent_free(c); }
};
using component_ptr = std::unique_ptr<icalcomponent, component_free>;

void add(icalcomponent* to, icalproperty* what) {
  ::icalcomponent_add_property(to, what);
}

icaltimetype utc_time(instant t) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
  return ::icaltime_from_timet_with_zone(seconds, 0, ::icaltimezone_get_utc_timezone());
}

/// A reading of the clock on the wall, without a zone.
icaltimetype wall_time(milliseconds local) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(local).count();
  auto t = ::icaltime_from_timet_with_zone(seconds, 0, ::icaltimezone_get_utc_timezone());
  t.zone = nullptr;
  return t;
}

int seconds_of(milliseconds offset) {
  return static_cast<int>(std::chrono::floor<std::chrono::seconds>(offset).count());
}

/// One stretch of constant offset. It is called daylight time when the clock was put forward to it;
/// the arithmetic of readers does not depend on the name.
icalcomponent* observance(const zone_segment& s, milliseconds before) {
  auto* c = s.offset > before ? ::icalcomponent_new_xdaylight() : ::icalcomponent_new_xstandard();
  // A zone that never changed began "for ever" ago; calendars want a year they can write.
  constexpr instant earliest{std::chrono::hours(24)};
  const auto begin = std::max(s.when.start, earliest);
  add(c, ::icalproperty_new_dtstart(wall_time(begin.time_since_epoch() + before)));
  add(c, ::icalproperty_new_tzoffsetfrom(seconds_of(before)));
  add(c, ::icalproperty_new_tzoffsetto(seconds_of(s.offset)));
  return c;
}

/// The zone from the stretch before the booking to the one after it, so that readers who look for
/// both standard and daylight time find them.
icalcomponent* vtimezone(const zone& z, const std::string& name, const interval& when) {
  constexpr int most = 6;
  auto* c = ::icalcomponent_new_vtimezone();
  add(c, ::icalproperty_new_tzid(name.c_str()));
  const auto before = [&z](const zone_segment& s) {
    return s.when.start > min_instant ? z.at(s.when.start - milliseconds(1)) : s;
  };
  auto s = before(z.at(when.start));
  for (int n = 0; n < most; ++n) {
    ::icalcomponent_add_component(c, observance(s, before(s).offset));
    if (s.when.start >= when.end || s.when.end >= max_instant) break;
    s = z.at(s.when.end);
  }
  return c;
}

void add_times(icalcomponent* calendar, icalcomponent* event, const invitation& i) {
  const auto z = zone::find(i.time_zone);
  if (!z) {
    add(event, ::icalproperty_new_dtstart(utc_time(i.when.start)));
    add(event, ::icalproperty_new_dtend(utc_time(i.when.end)));
    return;
  }
  ::icalcomponent_add_component(calendar, vtimezone(*z, i.time_zone, i.when));
  auto* start = ::icalproperty_new_dtstart(wall_time(z->local(i.when.start)));
  auto* end = ::icalproperty_new_dtend(wall_time(z->local(i.when.end)));
  for (auto* p : {start, end}) {
    ::icalproperty_add_parameter(p, ::icalparameter_new_tzid(i.time_zone.c_str()));
    add(event, p);
  }
}

/// A parameter cannot hold quotes or control characters (RFC 5545, 3.2).
std::string parameter_text(std::string text) {
  std::erase_if(text, [](unsigned char c) { return c == '"' || c < 0x20 || c == 0x7f; });
  return text;
}

void add_people(icalcomponent* event, const invitation& i) {
  auto* organizer = ::icalproperty_new_organizer(("mailto:" + i.organizer).c_str());
  if (!i.organizer_name.empty())
    ::icalproperty_add_parameter(organizer,
                                 ::icalparameter_new_cn(parameter_text(i.organizer_name).c_str()));
  add(event, organizer);
  auto* attendee = ::icalproperty_new_attendee(("mailto:" + i.attendee).c_str());
  if (!i.attendee_name.empty())
    ::icalproperty_add_parameter(attendee,
                                 ::icalparameter_new_cn(parameter_text(i.attendee_name).c_str()));
  ::icalproperty_add_parameter(attendee, ::icalparameter_new_partstat(ICAL_PARTSTAT_ACCEPTED));
  ::icalproperty_add_parameter(attendee, ::icalparameter_new_rsvp(ICAL_RSVP_FALSE));
  add(event, attendee);
}

}  // namespace

std::string to_icalendar(const invitation& i) {
  const bool is_cancel = i.what == invitation::method::cancel;
  const component_ptr calendar(::icalcomponent_new_vcalendar());
  add(calendar.get(), ::icalproperty_new_version("2.0"));
  add(calendar.get(), ::icalproperty_new_prodid("-//Atrium//Reservations//EN"));
  add(calendar.get(),
      ::icalproperty_new_method(is_cancel ? ICAL_METHOD_CANCEL : ICAL_METHOD_REQUEST));
  auto* event = ::icalcomponent_new_vevent();
  add(event, ::icalproperty_new_uid(i.uid.c_str()));
  add(event, ::icalproperty_new_sequence(static_cast<int>(i.sequence)));
  add(event, ::icalproperty_new_dtstamp(utc_time(i.stamp)));
  add_times(calendar.get(), event, i);
  add(event, ::icalproperty_new_summary(i.summary.c_str()));
  add(event, ::icalproperty_new_location(i.location.c_str()));
  add(event, ::icalproperty_new_description(i.description.c_str()));
  add(event, ::icalproperty_new_status(is_cancel ? ICAL_STATUS_CANCELLED : ICAL_STATUS_CONFIRMED));
  add(event, ::icalproperty_new_transp(is_cancel ? ICAL_TRANSP_TRANSPARENT : ICAL_TRANSP_OPAQUE));
  add_people(event, i);
  ::icalcomponent_add_component(calendar.get(), event);
  char* text = ::icalcomponent_as_ical_string_r(calendar.get());
  std::string out(text);
  std::free(text);
  return out;
}

}  // namespace atrium
