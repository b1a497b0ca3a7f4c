#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "http/codecs.hpp"
#include "http/drills.hpp"
#include "http/routes_common.hpp"

/// What the routes of resources share: how a handler is bound, PATCH and DELETE of a version,
/// lists, and the answers to commands.
namespace atrium::http {

/// A route whose answer only reads; see read_handler.
handler answered_by(api_context& c, response (*f)(const api_context&, const request&));
/// A route that does something, or answers later.
handler answered_by(api_context& c,
                    void (*f)(api_context&, const request_ptr&, const responder_ptr&));

/// Answers 503 instead of calling `f` while `what` is stopped for a drill.
handler needing(api_context& c, subsystem what, handler f);

/// Runs `then` with the version of If-Match (0 for "*") once the read model is current; answers
/// itself when the header is missing or wrong.
void with_version(api_context& c, const request_ptr& r, const responder_ptr& out,
                  std::function<void(std::uint64_t seen)> then);

struct patch_request {
  std::shared_ptr<const json_document> body;
  std::uint64_t seen = 0;  ///< the version of If-Match, 0 for "*"
};
/// The same for a PATCH, whose body is read before.
void with_patch(api_context& c, const request_ptr& r, const responder_ptr& out,
                std::function<void(const patch_request&)> then);

using entity_completion = command_port::completion<entity_answer>;

/// 204 for a command that removed something.
entity_completion answer_removed(request_ptr r, responder_ptr out);

/// 200 with the document as the command left it; `doc` is what it was asked to become.
template <class Doc>
entity_completion answer_changed(request_ptr r, responder_ptr out, Doc doc) {
  return [r = std::move(r), out = std::move(out),
          doc = std::move(doc)](result<entity_answer> a) mutable {
    if (!a) return out->send(problem(a.error(), *r));
    doc.version = a->version;
    auto answer = document(*r, render(doc), doc.version);
    add_position(answer, a->position);
    out->send(std::move(answer));
  };
}

/// 201 with the document as the read model shows it, which `find` asks; with `doc` when that is
/// late.
template <class Doc, class Find>
entity_completion answer_created(api_context& c, request_ptr r, responder_ptr out,
                                 std::string place, Doc doc, Find find) {
  return [&c, r = std::move(r), out = std::move(out), place = std::move(place),
          doc = std::move(doc), find = std::move(find)](result<entity_answer> a) mutable {
    if (!a) return out->send(problem(a.error(), *r));
    const auto position = a->position;
    doc.version = a->version;
    auto otherwise = created(place, render(doc), position, doc.version);
    answer_when_visible(
        c, out, position,
        [place, position, find]() -> std::optional<response> {
          const auto shown = find();
          if (!shown) return {};
          return created(place, render(*shown), position, shown->version);
        },
        std::move(otherwise));
  };
}

/// One page of a list; `show` makes the JSON of an item, which it may use up.
template <class T, class Show>
response page_answer(const request& r, result<page<T>> found, Show show) {
  if (!found) return problem(found.error(), r);
  std::vector<std::string> items;
  items.reserve(found->items.size());
  for (auto& item : found->items) items.push_back(show(item));
  return list_answer(r, items, found->next);
}

}  // namespace atrium::http
