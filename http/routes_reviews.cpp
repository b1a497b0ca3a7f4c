#include "http/drills.hpp"
#include "http/idempotency.hpp"
#include "http/resource_routes.hpp"

namespace atrium::http {
namespace {

response get_review(const api_context& c, const request& r) {
  const auto found = c.read.review(id_param<review_id>(r));
  if (!found) return not_found("review", r);
  return document(r, render(*found), found->version);
}

/// `room` comes from the path, or for the alias from the query.
response list_reviews(const api_context& c, const request& r) {
  query_reader q(r);
  const bool by_path = !r.params.empty();
  const auto room = by_path ? id_param<room_id>(r) : room_id(q.text("roomId", 128));
  const auto limit = q.limit();
  const auto cursor = q.cursor();
  if (!by_path && room.empty()) q.add("roomId", "required", "the id of a room", "nothing");
  if (auto no = q.refusal()) return std::move(*no);
  if (!c.read.room_json(room)) return not_found("room", r);
  return page_answer(r, c.read.reviews(room, limit, cursor),
                     [](const review_doc& d) { return render(d); });
}

/// Why this caller may not review this booking; nothing when it may.
std::optional<response> objection(const request& r, const std::optional<reservation_doc>& booked) {
  if (!booked || booked->booked.customer != r.caller.account) return not_found("reservation", r);
  const auto& b = booked->booked;
  if (!r.params.empty() && b.room != id_param<room_id>(r))
    return problem(
        failure{.code = ec::validation,
                .detail = "This reservation was for another room. Post the review there.",
                .violations = {{"same-room", b.room.str(), r.params[0], "/reservationId"}}},
        r);
  if (b.status == reservation_status::checked_in || b.status == reservation_status::completed)
    return {};
  return refuse(ec::illegal_transition,
                "Only a guest who has checked in may review; this reservation is " +
                    std::string(to_string(b.status)) + ". Come back after check-in.",
                r);
}

void submit_review(api_context& c, const request_ptr& r, const responder_ptr& out,
                   const review_body& body) {
  const auto booked = c.read.reservation(body.reservation);
  if (auto no = objection(*r, booked)) return out->send(std::move(*no));
  review_doc doc{review_id(random_id("rv_")),
                 booked->booked.room,
                 body.reservation,
                 r->caller.account,
                 r->caller.name,
                 body.rating,
                 body.text,
                 c.clock.now()};
  cmd::post_review post{doc.id, doc.reservation, doc.room, doc.author, doc.rating, doc.text};
  review_task task{doc.reservation, std::move(post)};
  const auto id = doc.id;
  c.commands.execute(std::move(task), context_of(c, *r),
                     answer_created(c, r, out, "/v1/reviews/" + id.str(), std::move(doc),
                                    [&c, id] { return c.read.review(id); }));
}

void post_review(api_context& c, const request_ptr& r, const responder_ptr& out) {
  auto body = read_body(*r);
  if (body.refusal) return out->send(std::move(*body.refusal));
  auto review = parse_review(body.doc->root());
  if (!review) return out->send(problem(review.error(), *r));
  when_current(c, r, out,
               [&c, r, out, review = std::move(*review)] { submit_review(c, r, out, review); });
}

void change_review(api_context& c, const request_ptr& r, const responder_ptr& out,
                   const json_document& patch, std::uint64_t seen) {
  auto doc = c.read.review(id_param<review_id>(*r));
  if (!doc) return out->send(not_found("review", *r));
  if (doc->author != r->caller.account)
    return out->send(refuse(ec::forbidden, "Only its author may change a review.", *r));
  auto next = parse_review_patch(patch.root(), {doc->reservation, doc->rating, doc->text});
  if (!next) return out->send(problem(next.error(), *r));
  doc->rating = next->rating;
  doc->text = next->text;
  cmd::change_review change{r->caller.account, next->rating, next->text, seen};
  review_task task{doc->reservation, std::move(change)};
  c.commands.execute(std::move(task), context_of(c, *r), answer_changed(r, out, std::move(*doc)));
}

void patch_review(api_context& c, const request_ptr& r, const responder_ptr& out) {
  with_patch(c, r, out, [&c, r, out](const patch_request& asked) {
    change_review(c, r, out, *asked.body, asked.seen);
  });
}

void delete_review(api_context& c, const request_ptr& r, const responder_ptr& out) {
  with_version(c, r, out, [&c, r, out](std::uint64_t seen) {
    const auto doc = c.read.review(id_param<review_id>(*r));
    if (!doc) return out->send(not_found("review", *r));
    if (doc->author != r->caller.account && !r->caller.is_operator())
      return out->send(
          refuse(ec::forbidden, "Only its author or an operator may delete a review.", *r));
    cmd::delete_review remove{r->caller.account, r->caller.is_operator(), seen};
    c.commands.execute(review_task{doc->reservation, std::move(remove)}, context_of(c, *r),
                       answer_removed(r, out));
  });
}

}  // namespace

void add_review_routes(api_context& c, routes& to) {
  const auto list = answered_by(c, list_reviews);
  for (const std::string base : {"/v1/rooms/{id}/reviews", "/reviews"}) {
    to.push_back({verb::get, base, access::signed_in, "rooms:read", list});
    to.push_back({verb::post, base, access::signed_in, "reviews:write",
                  needing(c, subsystem::reviews, answered_by(c, post_review))});
  }
  for (const std::string base : {"/v1/reviews/{id}", "/reviews/{id}"}) {
    to.push_back({verb::get, base, access::signed_in, "rooms:read", answered_by(c, get_review)});
    to.push_back({verb::patch, base, access::signed_in, "reviews:write",
                  needing(c, subsystem::reviews, answered_by(c, patch_review))});
    to.push_back({verb::delete_, base, access::signed_in, "reviews:write",
                  needing(c, subsystem::reviews, answered_by(c, delete_review))});
  }
}

}  // namespace atrium::http
