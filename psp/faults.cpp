#include "psp/faults.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>
#include <utility>

namespace atrium::psp {
namespace {

using rapidjson::Value;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct fault_name {
  fault what;
  std::string_view name;    ///< in "next" and in counts
  const char* probability;  ///< the member that holds its chance
};
constexpr std::array<fault_name, 8> all_faults = {{
    {fault::timeout_before_effect, "timeout-before-effect", "timeoutBeforeEffect"},
    {fault::timeout_after_effect, "timeout-after-effect", "timeoutAfterEffect"},
    {fault::late_effect, "late-effect", "lateEffect"},
    {fault::reset_before_effect, "reset-before-effect", "resetBeforeEffect"},
    {fault::reset_after_effect, "reset-after-effect", "resetAfterEffect"},
    {fault::server_error, "server-error", "serverError"},
    {fault::server_error_after_effect, "server-error-after-effect", "serverErrorAfterEffect"},
    {fault::rate_limited, "rate-limited", "rateLimited"},
}};
constexpr std::array<std::string_view, 5> all_operations = {"authorize", "capture", "cancel",
                                                            "refund", "read"};
constexpr std::int64_t longest_ms = 600'000;
constexpr std::size_t most_next = 1000;

/// SplitMix64's finaliser: a draw depends on seed and number only.
double uniform_of(std::uint64_t seed, std::uint64_t number) {
  auto z = seed + 0x9e3779b97f4a7c15ULL * (number + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  z ^= z >> 31;
  return static_cast<double>(z >> 11) * 0x1.0p-53;
}

}  // namespace

std::string_view to_string(fault f) {
  for (const auto& one : all_faults)
    if (one.what == f) return one.name;
  return "none";
}

/// Fills a plan from JSON and remembers the first thing that is wrong with it.
class fault_plan::reader {
 public:
  std::optional<std::string> read(const Value& root, plan& into) {
    for (const auto& m : root.GetObject()) {
      const std::string_view name(m.name.GetString(), m.name.GetStringLength());
      if (!member(name, m.value, into)) wrong(name, "is not known");
    }
    double sum = 0;
    for (const auto& [what, chance] : into.chances) sum += chance;
    if (sum > 1) wrong("probabilities", "add up to more than 1");
    if (into.p99_ms > 0 && into.p99_ms < into.median_ms) wrong("p99Ms", "is below medianMs");
    return why_;
  }

 private:
  bool member(std::string_view name, const Value& v, plan& into) {
    for (const auto& one : all_faults)
      if (name == one.probability) return chance(name, v, into.chances[one.what]), true;
    if (name == "seed") {
      if (v.IsUint64())
        into.seed = v.GetUint64();
      else
        wrong(name, "must be a whole number");
      return true;
    }
    if (name == "burst") return number(name, v, 1, 1000, into.burst), true;
    if (name == "lateMs") return number(name, v, 0, longest_ms, into.late_ms), true;
    if (name == "searchLagMs") return number(name, v, 0, longest_ms, into.search_lag_ms), true;
    if (name == "operations") return operations(v, into), true;
    if (name == "next") return next(v, into), true;
    if (name == "latency" && v.IsObject()) {
      each(name, v, {{"medianMs", &into.median_ms}, {"p99Ms", &into.p99_ms}});
      return true;
    }
    if (name == "flapping" && v.IsObject()) {
      each(name, v, {{"upMs", &into.up_ms}, {"downMs", &into.down_ms}});
      return true;
    }
    if (name == "webhooks" && v.IsObject()) return webhooks(v, into), true;
    return false;
  }

  void each(std::string_view where, const Value& v,
            const std::vector<std::pair<std::string_view, std::int64_t*>>& known) {
    for (const auto& m : v.GetObject()) {
      const std::string_view name(m.name.GetString(), m.name.GetStringLength());
      const auto it = std::find_if(known.begin(), known.end(),
                                   [&](const auto& one) { return one.first == name; });
      if (it == known.end())
        wrong(std::string(where) + "." + std::string(name), "is not known");
      else
        number(name, m.value, 0, longest_ms, *it->second);
    }
  }

  void webhooks(const Value& v, plan& into) {
    for (const auto& m : v.GetObject()) {
      const std::string_view name(m.name.GetString(), m.name.GetStringLength());
      if (name == "lost")
        chance(name, m.value, into.webhook_lost);
      else if (name == "duplicate")
        chance(name, m.value, into.webhook_twice);
      else if (name == "late")
        chance(name, m.value, into.webhook_late);
      else if (name == "lateMs")
        number(name, m.value, 0, longest_ms, into.webhook_late_ms);
      else
        wrong("webhooks." + std::string(name), "is not known");
    }
  }

  void operations(const Value& v, plan& into) {
    if (!v.IsArray()) return wrong("operations", "must be a list");
    for (const auto& one : v.GetArray()) {
      const std::string name = one.IsString() ? one.GetString() : "";
      if (!is_operation(name)) return wrong("operations", "names an unknown operation");
      into.operations.push_back(name);
    }
  }

  void next(const Value& v, plan& into) {
    if (!v.IsArray() || v.Size() > most_next) return wrong("next", "must be a list of up to 1000");
    for (const auto& one : v.GetArray()) {
      next_fault f;
      const auto text = [&](const char* name) -> std::string {
        if (!one.IsObject() || !one.HasMember(name) || !one[name].IsString()) return {};
        return one[name].GetString();
      };
      f.operation = text("operation");
      const auto name = text("fault");
      for (const auto& known : all_faults)
        if (known.name == name) f.what = known.what;
      const bool is_known = f.what != fault::none || name == "none";
      if (!is_known || (!f.operation.empty() && !is_operation(f.operation)))
        return wrong("next", "names an unknown operation or fault");
      into.next.push_back(std::move(f));
    }
  }

  static bool is_operation(std::string_view name) {
    return std::find(all_operations.begin(), all_operations.end(), name) != all_operations.end();
  }
  void chance(std::string_view name, const Value& v, double& into) {
    if (!v.IsNumber() || v.GetDouble() < 0 || v.GetDouble() > 1)
      return wrong(name, "must be a probability, 0..1");
    into = v.GetDouble();
  }
  void number(std::string_view name, const Value& v, std::int64_t least, std::int64_t most,
              std::int64_t& into) {
    if (!v.IsInt64() || v.GetInt64() < least || v.GetInt64() > most)
      return wrong(
          name, "must be a whole number in " + std::to_string(least) + ".." + std::to_string(most));
    into = v.GetInt64();
  }
  void wrong(std::string_view name, std::string what) {
    if (!why_) why_ = std::string(name) + " " + std::move(what);
  }

  std::optional<std::string> why_;
};

result<void> fault_plan::set(std::string_view json) {
  rapidjson::Document d;
  d.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
  if (d.HasParseError() || !d.IsObject())
    return failure{ec::validation, "the plan is not a JSON object"};
  plan fresh;
  if (auto why = reader().read(d, fresh)) return failure{ec::validation, *why};
  fresh.text = json;
  const std::lock_guard lock(mutex_);
  plan_ = std::move(fresh);
  drawn_ = 0;
  burst_left_ = 0;
  since_ = steady_clock::now();
  counts_.clear();
  return {};
}

void fault_plan::clear() {
  const std::lock_guard lock(mutex_);
  plan_ = {};
  burst_left_ = 0;
  counts_.clear();
}

double fault_plan::uniform() {
  return uniform_of(plan_.seed, drawn_++);
}

milliseconds fault_plan::latency() {
  if (plan_.median_ms <= 0) return milliseconds(0);
  constexpr double z99 = 2.3263;  // standard deviations from median to p99
  const auto median = static_cast<double>(plan_.median_ms);
  const auto p99 = static_cast<double>(std::max(plan_.p99_ms, plan_.median_ms));
  const double sigma = std::log(p99 / median) / z99;
  const double u = std::max(uniform(), 0x1.0p-53);
  const double z = std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * uniform());
  const double ms = std::min(median * std::exp(sigma * z), static_cast<double>(longest_ms));
  return milliseconds(static_cast<std::int64_t>(ms));
}

bool fault_plan::is_down() const {
  if (plan_.down_ms <= 0) return false;
  const auto passed =
      std::chrono::duration_cast<milliseconds>(steady_clock::now() - since_).count();
  return passed % (plan_.up_ms + plan_.down_ms) >= plan_.up_ms;
}

fault fault_plan::choose(std::string_view operation) {
  if (!plan_.next.empty()) {
    const auto& first = plan_.next.front();
    if (first.operation.empty() || first.operation == operation) {
      const auto what = first.what;
      plan_.next.erase(plan_.next.begin());
      return what;
    }
  }
  const auto& only = plan_.operations;
  if (!only.empty() && std::find(only.begin(), only.end(), operation) == only.end())
    return fault::none;
  if (is_down()) return fault::reset_before_effect;
  if (burst_left_ > 0) {
    --burst_left_;
    return fault::server_error;
  }
  double u = uniform();
  for (const auto& [what, chance] : plan_.chances) {
    if (u < chance) {
      if (what == fault::server_error) burst_left_ = plan_.burst - 1;
      return what;
    }
    u -= chance;
  }
  return fault::none;
}

planted fault_plan::draw(std::string_view operation) {
  const std::lock_guard lock(mutex_);
  planted p{choose(operation), latency()};
  ++counts_["requests"];
  if (p.what != fault::none) ++counts_[std::string(to_string(p.what))];
  return p;
}

webhook_fate fault_plan::draw_webhook() {
  const std::lock_guard lock(mutex_);
  ++counts_["webhooks"];
  webhook_fate fate;
  if (uniform() < plan_.webhook_lost) {
    ++counts_["webhooks-lost"];
    fate.copies = 0;
    return fate;
  }
  if (uniform() < plan_.webhook_twice) {
    ++counts_["webhooks-duplicated"];
    fate.copies = 2;
  }
  if (uniform() < plan_.webhook_late) {
    ++counts_["webhooks-late"];
    fate.delay = milliseconds(plan_.webhook_late_ms);
  }
  return fate;
}

milliseconds fault_plan::late() const {
  const std::lock_guard lock(mutex_);
  return milliseconds(plan_.late_ms);
}

milliseconds fault_plan::search_lag() const {
  const std::lock_guard lock(mutex_);
  return milliseconds(plan_.search_lag_ms);
}

std::string fault_plan::describe() const {
  const std::lock_guard lock(mutex_);
  std::string out = R"({"plan":)" + plan_.text + R"(,"waiting":)" +
                    std::to_string(plan_.next.size()) + R"(,"planted":{)";
  bool first = true;
  for (const auto& [name, count] : counts_) {
    if (!std::exchange(first, false)) out += ',';
    out += '"' + name + "\":" + std::to_string(count);
  }
  return out + "}}";
}

}  // namespace atrium::psp
