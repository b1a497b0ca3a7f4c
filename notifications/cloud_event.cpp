#include "notifications/cloud_event.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

#include "persistence/document_text.hpp"

namespace atrium {

namespace {

using text::member;
using text::number;

std::string_view entity_of(const stored_event& e) {
  const std::string_view stream = e.stream;
  return stream.substr(stream.find('/') + 1);
}

std::string_view without_version(std::string_view type) {
  const auto at = type.rfind(".v");
  return at == std::string_view::npos ? type : type.substr(0, at);
}

std::string_view word(ev::hold_end reason) {
  switch (reason) {
    case ev::hold_end::expired:
      return "expired";
    case ev::hold_end::released:
      return "released";
    case ev::hold_end::booked:
      return "booked";
  }
  return "released";
}

/// Writes `data` and notes whom the event is about; one overload per public event. What has no
/// overload is not for the public.
struct teller {
  public_event& out;
  std::string& data;
  std::string& subject;
  const stored_event& e;

  void slot(const interval& when) {
    member(data, ",\"start\":", when.start);
    member(data, ",\"end\":", when.end);
  }
  void about_room() {
    out.room = room_id(std::string(entity_of(e)));
    member(data, "{\"roomId\":", out.room.view());
  }
  void about_room_alone() {
    out.who = public_event::audience::everyone;
    about_room();
    subject = "rooms/" + out.room.str();
  }
  void about_reservation(const reservation_id& id) {
    about_room();
    out.reservation = id;
    subject = "reservations/" + id.str();
    member(data, ",\"reservationId\":", id.view());
  }
  void about_payment(const payment_id& id, const reservation_id& of) {
    out.reservation = of;
    subject = "payments/" + id.str();
    member(data, "{\"paymentId\":", id.view());
    member(data, ",\"reservationId\":", of.view());
  }

  void facts(const room_facts& f) {
    about_room_alone();
    member(data, ",\"name\":", f.name);
    member(data, ",\"site\":", f.site);
    number(data, ",\"capacity\":", f.capacity);
    member(data, ",\"timeZone\":", f.time_zone);
    member(data, ",\"pricePerHour\":", f.price_per_hour);
  }
  bool operator()(const ev::room_registered& v) { return facts(v.facts), true; }
  bool operator()(const ev::room_changed& v) { return facts(v.facts), true; }
  // Which bookings are cancelled with the room is their guests' business.
  bool operator()(const ev::room_retired&) { return about_room_alone(), true; }
  bool operator()(const ev::blackout_added& v) {
    about_room_alone();
    member(data, ",\"blackoutId\":", v.id.view());
    slot(v.when);
    return true;
  }
  bool operator()(const ev::blackout_removed& v) {
    about_room_alone();
    member(data, ",\"blackoutId\":", v.id.view());
    return true;
  }

  void about_hold(const hold_id& id, const interval& when, instant expires_at) {
    about_room();
    out.hold = id;
    subject = "holds/" + id.str();
    member(data, ",\"holdId\":", id.view());
    slot(when);
    member(data, ",\"expiresAt\":", expires_at);
  }
  bool operator()(const ev::hold_placed& v) {
    out.owner = v.customer;
    about_hold(v.id, v.when, v.expires_at);
    member(data, ",\"customerId\":", v.customer.view());
    number(data, ",\"partySize\":", v.party_size);
    member(data, ",\"price\":", v.price);
    return true;
  }
  bool operator()(const ev::hold_released& v) {
    about_hold(v.id, v.when, v.expires_at);
    member(data, ",\"reason\":", word(v.reason));
    return true;
  }

  bool operator()(const ev::reservation_held& v) {
    out.owner = v.customer;
    about_reservation(v.id);
    slot(v.when);
    member(data, ",\"customerId\":", v.customer.view());
    number(data, ",\"partySize\":", v.party_size);
    member(data, ",\"title\":", v.title);
    member(data, ",\"price\":", v.price);
    member(data, ",\"paymentId\":", v.payment.view());
    return true;
  }
  bool changed(const reservation_id& id, const interval& when, reservation_status now) {
    about_reservation(id);
    slot(when);
    member(data, ",\"status\":", to_string(now));
    return true;
  }
  bool operator()(const ev::reservation_awaiting_payment& v) {
    changed(v.id, v.when, reservation_status::awaiting_payment);
    member(data, ",\"expiresAt\":", v.expires_at);
    return true;
  }
  bool operator()(const ev::reservation_released& v) { return changed(v.id, v.when, v.status); }
  bool operator()(const ev::reservation_confirmed& v) {
    return changed(v.id, v.when, reservation_status::confirmed);
  }
  bool operator()(const ev::reservation_cancelled& v) {
    changed(v.id, v.when, reservation_status::cancelled);
    member(data, ",\"refund\":", v.refund);
    member(data, ",\"fee\":", v.fee);
    member(data, ",\"reason\":", v.reason);
    return true;
  }
  bool operator()(const ev::reservation_changed& v) {
    out.owner = v.booked.customer;
    changed(v.id, v.booked.when, v.booked.status);
    member(data, ",\"customerId\":", v.booked.customer.view());
    number(data, ",\"partySize\":", v.booked.party_size);
    member(data, ",\"title\":", v.booked.title);
    member(data, ",\"price\":", v.booked.price);
    member(data, ",\"previous\":{\"roomId\":", v.from.view());
    slot(v.was);
    data.push_back('}');
    return true;
  }
  bool operator()(const ev::reservation_checked_in& v) {
    return changed(v.id, v.when, reservation_status::checked_in);
  }
  bool operator()(const ev::reservation_completed& v) {
    return changed(v.id, v.when, reservation_status::completed);
  }
  bool operator()(const ev::reservation_no_show& v) {
    return changed(v.id, v.when, reservation_status::no_show);
  }

  bool moved(const payment_id& id, const reservation_id& of, const money& amount) {
    about_payment(id, of);
    member(data, ",\"amount\":", amount);
    return true;
  }
  bool operator()(const ev::payment_authorized& v) {
    out.owner = v.customer;
    moved(v.id, v.reservation, v.amount);
    member(data, ",\"method\":", v.method);
    return true;
  }
  // Where the customer acts is theirs alone: it is in their inbox.
  bool operator()(const ev::payment_action_required& v) {
    out.owner = v.customer;
    moved(v.id, v.reservation, v.amount);
    member(data, ",\"method\":", v.method);
    member(data, ",\"expiresAt\":", v.expires_at);
    return true;
  }
  bool operator()(const ev::payment_declined& v) {
    out.owner = v.customer;
    moved(v.id, v.reservation, v.amount);
    member(data, ",\"method\":", v.method);
    member(data, ",\"declineCode\":", v.code);
    return true;
  }
  bool operator()(const ev::payment_captured& v) {
    if (!v.customer.empty()) out.owner = v.customer;
    moved(v.id, v.reservation, v.amount);
    if (!v.method.empty()) member(data, ",\"method\":", v.method);
    return true;
  }
  bool operator()(const ev::refund_requested& v) { return moved(v.id, v.reservation, v.amount); }
  bool operator()(const ev::payment_refunded& v) { return moved(v.id, v.reservation, v.amount); }
  bool operator()(const ev::payment_voided& v) { return about_payment(v.id, v.reservation), true; }
  bool operator()(const ev::payment_unknown& v) {
    about_payment(v.id, v.reservation);
    member(data, ",\"operation\":", v.operation);
    return true;
  }

  void about_review(const review_id& id) {
    out.who = public_event::audience::everyone;
    subject = "reviews/" + id.str();
    member(data, "{\"reviewId\":", id.view());
  }
  bool operator()(const ev::review_posted& v) {
    about_review(v.id);
    out.owner = v.author;
    out.room = v.room;
    member(data, ",\"roomId\":", v.room.view());
    number(data, ",\"rating\":", v.rating);
    member(data, ",\"text\":", v.text);
    return true;
  }
  bool operator()(const ev::review_changed& v) {
    about_review(v.id);
    number(data, ",\"rating\":", v.rating);
    member(data, ",\"text\":", v.text);
    return true;
  }
  bool operator()(const ev::review_deleted& v) { return about_review(v.id), true; }

  template <class Inside>
  bool operator()(const Inside&) {
    return false;
  }
};

}  // namespace

std::optional<public_event> to_cloud_event(const stored_event& e) {
  public_event out;
  std::string data;
  std::string subject;
  teller tell{out, data, subject, e};
  if (!std::visit([&](const auto& what) { return tell(what); }, e.what)) return std::nullopt;
  out.position = e.position;
  out.type = without_version(type_name(e.what));
  out.json.reserve(320 + data.size());
  member(out.json, "{\"specversion\":\"1.0\",\"id\":", std::to_string(e.position));
  member(out.json, ",\"source\":\"/v1/events\",\"type\":", out.type);
  member(out.json, ",\"time\":", e.at);
  member(out.json, ",\"subject\":", subject);
  out.json.append(",\"datacontenttype\":\"application/json\",\"data\":").append(data).append("}}");
  return out;
}

namespace {

/// What is public is decided in one place: each kind of event is shown to it.
template <std::size_t... Index>
std::vector<std::string> types_of(std::index_sequence<Index...>) {
  std::vector<std::string> all;
  const auto add = [&all](event what) {
    stored_event e;
    e.stream = "room/none";
    e.what = std::move(what);
    if (auto shown = to_cloud_event(e)) all.push_back(std::move(shown->type));
  };
  (add(event(std::in_place_index<Index>)), ...);
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

const std::vector<std::string>& public_event_types() {
  static const auto all = types_of(std::make_index_sequence<std::variant_size_v<event_kinds>>());
  return all;
}

std::optional<public_event> make_public(const stored_event& e, const views& read) {
  auto shown = to_cloud_event(e);
  if (!shown || !shown->owner.empty()) return shown;
  if (!shown->reservation.empty()) {
    if (const auto known = read.reservation(shown->reservation))
      shown->owner = known->booked.customer;
  } else if (!shown->hold.empty()) {
    if (const auto known = read.hold(shown->hold)) shown->owner = known->customer;
  }
  return shown;
}

}  // namespace atrium
