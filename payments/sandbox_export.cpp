#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <map>

#include "payments/sandbox_ledger.hpp"

namespace atrium {
namespace {

using writer = rapidjson::Writer<rapidjson::StringBuffer>;

void text(writer& out, const char* name, std::string_view value) {
  out.Key(name);
  out.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}
void number(writer& out, const char* name, std::int64_t value) {
  out.Key(name);
  out.Int64(value);
}

std::string_view outcome_name(payment_answer::kind k) {
  switch (k) {
    case payment_answer::kind::ok:
      return "ok";
    case payment_answer::kind::rejected:
      return "rejected";
    case payment_answer::kind::retryable:
      return "retryable";
    case payment_answer::kind::unknown:
      return "unknown";
    case payment_answer::kind::requires_action:
      return "requires_action";
  }
  return "?";
}

std::string entry_json(const ledger_entry& e) {
  rapidjson::StringBuffer buffer;
  writer out(buffer);
  out.StartObject();
  text(out, "operation", to_string(e.what));
  text(out, "outcome", outcome_name(e.outcome));
  text(out, "payment", e.payment.view());
  text(out, "key", e.key);
  text(out, "at", format_instant(e.at));
  number(out, "amount", e.amount);
  text(out, "currency", e.currency);
  text(out, "state", to_string(e.state));
  if (!e.token.empty()) text(out, "token", e.token);
  if (!e.code.empty()) text(out, "code", e.code);
  if (e.due != instant{}) text(out, "due", format_instant(e.due));
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::string payment_json(const ledger_entry& e) {
  rapidjson::StringBuffer buffer;
  writer out(buffer);
  out.StartObject();
  text(out, "id", e.payment.view());
  // An authorisation on its way: it takes effect at `due`, whether or not a server runs then.
  const bool is_pending = e.state == payment_record::state::none && e.due != instant{};
  text(out, "state", is_pending ? "pending" : to_string(e.state));
  text(out, "currency", e.currency);
  number(out, "authorized", e.authorized);
  number(out, "captured", e.captured);
  number(out, "refunded", e.refunded);
  if (is_pending) text(out, "due", format_instant(e.due));
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace

result<void> export_ledger(const std::filesystem::path& file,
                           const std::function<void(std::string_view)>& out) {
  std::map<std::string, ledger_entry> newest;
  const char* separator = "\n";
  out(R"({"entries":[)");
  const auto lines = sandbox_ledger::read(file, [&](const ledger_entry& e) {
    out(separator);
    separator = ",\n";
    out(entry_json(e));
    newest[e.payment.str()] = e;
  });
  if (!lines) return lines.error();
  out("\n],\"payments\":[");
  separator = "\n";
  for (const auto& [id, e] : newest) {
    out(separator);
    separator = ",\n";
    out(payment_json(e));
  }
  out("\n]}\n");
  return {};
}

}  // namespace atrium
