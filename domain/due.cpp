#include "domain/due.hpp"

namespace atrium {

namespace {

using kind = due_entry::kind;

/// The instant under which every cancel_for_room entry is filed: they are due at once, and a later
/// event can name the key again from the reservation's id alone.
constexpr instant at_once{};

class collector {
 public:
  explicit collector(const room_id& room) : room_(room) {}

  void operator()(const ev::hold_placed& e) { add(e.expires_at, kind::expire_hold, e.id.str()); }
  void operator()(const ev::hold_released& e) {
    remove(e.expires_at, kind::expire_hold, e.id.str());
  }
  void operator()(const ev::reservation_confirmed& e) {
    if (e.no_show_at && *e.no_show_at != e.when.end) {
      add(*e.no_show_at, kind::advance, e.id.str());
    }
    add(e.when.end, kind::advance, e.id.str());
  }
  void operator()(const ev::reservation_checked_in& e) {
    // The end still has to be watched, so an entry that serves both stays.
    if (e.no_show_at && *e.no_show_at != e.when.end) {
      remove(*e.no_show_at, kind::advance, e.id.str());
    }
  }
  void operator()(const ev::reservation_cancelled& e) { ended(e.id, e.when, e.no_show_at); }
  void operator()(const ev::reservation_completed& e) { ended(e.id, e.when, std::nullopt); }
  void operator()(const ev::reservation_no_show& e) { ended(e.id, e.when, e.no_show_at); }
  void operator()(const ev::reservation_changed& e) {
    if (e.from == room_) unwatch(e.id, e.was, e.no_show_was);
    (*this)(ev::reservation_confirmed{e.id, e.booked.when, e.no_show_at});
  }
  void operator()(const ev::reservation_left& e) { ended(e.id, e.when, e.no_show_at); }
  void operator()(const ev::room_retired& e) {
    for (const auto& id : e.cancelling) add(at_once, kind::cancel_for_room, id.str());
  }
  template <class Other>
  void operator()(const Other&) {}

  due_changes take() { return std::move(changes_); }

 private:
  void add(instant at, kind what, const std::string& id) {
    changes_.add.push_back({at, what, room_, id});
  }
  void remove(instant at, kind what, const std::string& id) {
    changes_.remove.push_back({at, what, room_, id});
  }
  void unwatch(const reservation_id& id, const interval& when, std::optional<instant> no_show_at) {
    if (no_show_at && *no_show_at != when.end) remove(*no_show_at, kind::advance, id.str());
    remove(when.end, kind::advance, id.str());
  }
  void ended(const reservation_id& id, const interval& when, std::optional<instant> no_show_at) {
    unwatch(id, when, no_show_at);
    remove(at_once, kind::cancel_for_room, id.str());
  }

  const room_id& room_;
  due_changes changes_;
};

}  // namespace

due_changes due_of(const event& e, const room_id& room, instant /*at*/) {
  collector c(room);
  std::visit([&c](const auto& what) { c(what); }, e);
  return c.take();
}

}  // namespace atrium
