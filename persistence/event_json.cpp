// encode_data, decode_data, type_name: events as JSON objects with named fields.
#include <array>
#include <string>
#include <unordered_map>
#include <utility>

#include "domain/refusal.hpp"
#include "persistence/codec.hpp"
#include "persistence/saga_fields.hpp"

namespace atrium {

namespace {

using codec::json_in;
using codec::json_out;
using codec::json_scan;

constexpr std::size_t kinds = std::variant_size_v<event_kinds>;

template <std::size_t... I>
constexpr std::array<std::string_view, kinds> names_in_order(std::index_sequence<I...>) {
  return {codec::name_of<std::variant_alternative_t<I, event_kinds>>...};
}
constexpr auto type_names = names_in_order(std::make_index_sequence<kinds>{});
constexpr bool all_named() {
  for (const auto name : type_names)
    if (name.empty()) return false;
  return true;
}
static_assert(all_named(), "every event needs a name_of");

/// How one written type is read: `scan` the quick way (false: not as json_out writes it), `read`
/// any equivalent JSON (the problem, empty when none). Old versions get an entry of their own whose
/// functions upcast.
struct reader {
  bool (*scan)(std::string_view json, event& into);
  std::string (*read)(const rapidjson::Value& root, event& into);
};

template <class E>
constexpr reader reader_of() {
  return {[](std::string_view json, event& into) {
            json_scan in(json);
            in.value(into.emplace<E>());
            return in.ok();
          },
          [](const rapidjson::Value& root, event& into) {
            json_in in(root);
            in.value(into.emplace<E>());
            return in.problem();
          }};
}

const std::unordered_map<std::string_view, reader>& readers() {
  static const auto* const all = [] {
    auto* map = new std::unordered_map<std::string_view, reader>;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (map->emplace(type_names[I], reader_of<std::variant_alternative_t<I, event_kinds>>()), ...);
    }
    (std::make_index_sequence<kinds>{});
    map->emplace("saga.completed.v1", reader_of<ev::saga_completed>());
    return map;
  }();
  return *all;
}

/// Parses without recursion, so that nesting cannot overflow the stack, and without freeing: the
/// allocator of the thread is reset between documents.
result<void> read_any_json(std::string_view type, const reader& how, std::string_view json,
                           event& into) {
  using allocator = rapidjson::MemoryPoolAllocator<>;
  static thread_local std::string text;
  static thread_local allocator values(64 * 1024);
  text.assign(json);
  values.Clear();
  rapidjson::GenericDocument<rapidjson::UTF8<>, allocator> document(&values);
  document.ParseInsitu<rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag>(text.data());
  const std::string problem =
      document.HasParseError() ? "the data is not JSON" : how.read(document, into);
  if (!problem.empty()) return refusal(ec::malformed, std::string(type) + ": " + problem);
  return {};
}

}  // namespace

std::string_view type_name(const event& e) {
  return type_names[e.index()];
}

std::string encode_data(const event& e) {
  std::string out;
  append_data(out, e);
  return out;
}

void append_data(std::string& out, const event& e) {
  json_out to(out);
  std::visit([&](const auto& what) { to.value(what); }, e);
}

result<event> decode_data(std::string_view type, std::string_view json) {
  result<event> decoded{boost::system::in_place_value};
  if (auto fine = decode_data(type, json, *decoded); !fine) return fine.error();
  return decoded;
}

result<void> decode_data(std::string_view type, std::string_view json, event& into) {
  const auto known = readers().find(type);
  if (known == readers().end())
    return refusal(ec::malformed, "unknown event type \"" + std::string(type) + "\"");
  if (known->second.scan(json, into)) return {};
  return read_any_json(type, known->second, json, into);
}

}  // namespace atrium
