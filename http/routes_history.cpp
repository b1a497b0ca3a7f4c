#include "http/booking_lookup.hpp"
#include "http/history.hpp"

namespace atrium::http {

void add_history_routes(api_context& c, routes& to) {
  const auto show = [&c](const request_ptr& r, const responder_ptr& out) {
    with_reservation(c, r, out, [&c, r, out](const reservation_doc& doc) {
      // Its events are found through the index, which has a position of its own.
      if (c.index.position() < doc.position) return out->send(view_behind(*r));
      std::vector<std::string> items;
      for (const auto& e : read_history(c, doc)) items.push_back(render_history_entry(e));
      out->send(list_answer(*r, items, ""));
    });
  };
  to.push_back({verb::get, "/v1/reservations/{id}/history", access::signed_in, "reservations:read",
                read_after_min_position(c, show)});
}

}  // namespace atrium::http
