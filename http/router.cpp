#include "http/router.hpp"

#include <algorithm>
#include <functional>
#include <stdexcept>

#include "http/target.hpp"

namespace atrium::http {
namespace {

constexpr std::size_t most_params = 8;
constexpr std::size_t verb_count = 7;

struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
};

}  // namespace

struct router::node {
  std::unordered_map<std::string, std::unique_ptr<node>, text_hash, std::equal_to<>> literal;
  std::vector<std::pair<std::string, std::unique_ptr<node>>> suffixed;  // longest suffix first
  std::unique_ptr<node> any;
  std::array<std::size_t, verb_count> by_verb;
  std::string allow;  // empty: no route ends here

  node() { by_verb.fill(none); }
};

struct router::walk {
  std::array<std::string_view, most_params> params;
  std::size_t count = 0;
  std::string scratch;
};

router::router(std::vector<route> routes)
    : routes_(std::move(routes)), root_(std::make_unique<node>()) {
  for (std::size_t i = 0; i < routes_.size(); ++i) add(i);
}

router::~router() = default;

void router::add(std::size_t index) {
  const auto& r = routes_[index];
  const auto bad = [&](const char* why) {
    throw std::invalid_argument("route " + r.pattern + ": " + why);
  };
  if (r.pattern.empty() || r.pattern.front() != '/') bad("must start with /");
  if (!r.handle) bad("has no handler");
  node* at = root_.get();
  std::size_t params = 0;
  std::string_view rest = std::string_view(r.pattern).substr(1);
  for (bool more = !rest.empty(); more;) {
    const auto slash = rest.find('/');
    const auto segment = rest.substr(0, slash);
    more = slash != std::string_view::npos;
    if (more) rest.remove_prefix(slash + 1);
    if (segment.empty()) bad("has an empty segment");
    std::unique_ptr<node>* next = nullptr;
    if (segment.front() != '{') {
      next = &at->literal[std::string(segment)];
    } else {
      const auto close = segment.find('}');
      if (close == std::string_view::npos || ++params > most_params) bad("has a bad placeholder");
      const auto suffix = segment.substr(close + 1);
      if (suffix.empty()) {
        next = &at->any;
      } else {
        auto& list = at->suffixed;
        auto found =
            std::find_if(list.begin(), list.end(), [&](auto& s) { return s.first == suffix; });
        if (found == list.end()) {
          const auto longer = [&](auto& s) { return s.first.size() >= suffix.size(); };
          found = list.emplace(std::find_if_not(list.begin(), list.end(), longer), suffix, nullptr);
        }
        next = &found->second;
      }
    }
    if (!*next) *next = std::make_unique<node>();
    at = next->get();
  }
  auto& slot = at->by_verb[static_cast<std::size_t>(r.method)];
  if (slot != none) bad("is there twice");
  slot = index;
  const auto has = [&](verb v) { return at->by_verb[static_cast<std::size_t>(v)] != none; };
  at->allow.clear();
  for (const verb v : {verb::get, verb::head, verb::post, verb::put, verb::patch, verb::delete_})
    if (has(v) || (v == verb::head && has(verb::get))) at->allow.append(to_string(v)).append(", ");
  at->allow += "OPTIONS";
}

const router::node* router::descend(const node& at, std::string_view rest, walk& w) {
  if (rest.empty()) return at.allow.empty() ? nullptr : &at;
  rest.remove_prefix(1);  // the slash
  const auto slash = rest.find('/');
  const auto raw = rest.substr(0, slash);
  const auto further = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash);
  if (raw.empty()) return nullptr;
  auto segment = raw;
  if (raw.find('%') != std::string_view::npos) {
    percent_decode(raw, false, w.scratch);
    segment = w.scratch;
  }
  if (const auto found = at.literal.find(segment); found != at.literal.end())
    if (const auto* end = descend(*found->second, further, w)) return end;
  if (w.count == most_params) return nullptr;
  for (const auto& [suffix, next] : at.suffixed) {
    if (raw.size() <= suffix.size() || !raw.ends_with(suffix)) continue;
    w.params[w.count++] = raw.substr(0, raw.size() - suffix.size());
    if (const auto* end = descend(*next, further, w)) return end;
    --w.count;
  }
  if (!at.any) return nullptr;
  w.params[w.count++] = raw;
  if (const auto* end = descend(*at.any, further, w)) return end;
  --w.count;
  return nullptr;
}

router::match router::find(verb method, std::string_view path,
                           std::vector<std::string>& params) const {
  walk w;
  const auto* end = descend(*root_, path == "/" ? std::string_view{} : path, w);
  if (!end) return {};
  auto index = end->by_verb[static_cast<std::size_t>(method)];
  if (index == none && method == verb::head)
    index = end->by_verb[static_cast<std::size_t>(verb::get)];
  if (index != none) {
    params.resize(w.count);
    for (std::size_t i = 0; i < w.count; ++i) percent_decode(w.params[i], false, params[i]);
  }
  return {index, end->allow};
}

}  // namespace atrium::http
