#include "payments/sandbox_record.hpp"

#include <cstring>
#include <type_traits>
#include <zlib.h>

namespace atrium::sandbox_file {
namespace {

template <class T>
void put(std::string& out, T value) {
  static_assert(std::is_trivially_copyable_v<T>);
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}
void put_text(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint16_t>(text.size()));
  out.append(text);
}

struct reader {
  std::string_view rest;
  bool ok = true;

  template <class T>
  T get() {
    T value{};
    if (rest.size() < sizeof(T)) {
      ok = false;
      return value;
    }
    std::memcpy(&value, rest.data(), sizeof(T));
    rest.remove_prefix(sizeof(T));
    return value;
  }
  std::string text() {
    const auto size = get<std::uint16_t>();
    if (rest.size() < size) {
      ok = false;
      return {};
    }
    std::string out(rest.substr(0, size));
    rest.remove_prefix(size);
    return out;
  }
  template <class E>
  E enumerator(E last) {
    const auto raw = get<std::uint8_t>();
    if (raw > static_cast<std::uint8_t>(last)) ok = false;
    return static_cast<E>(raw);
  }
};

/// prev, four enumerators, at, due and four amounts stand before the texts.
constexpr std::size_t texts_at = 8 + 4 + 2 * 8 + 4 * 8;

std::string_view known_payload(std::string_view file, std::uint64_t offset) {
  std::uint32_t size = 0;
  std::memcpy(&size, file.data() + offset, sizeof size);
  return file.substr(offset + line_head_bytes, size);
}

std::string_view skip_text(std::string_view from) {
  std::uint16_t size = 0;
  std::memcpy(&size, from.data(), sizeof size);
  return from.substr(sizeof size + size);
}

}  // namespace

std::uint32_t checksum(std::string_view payload) {
  const auto size = static_cast<std::uint32_t>(payload.size());
  const auto of_size = ::crc32_z(0, reinterpret_cast<const Bytef*>(&size), sizeof size);
  return static_cast<std::uint32_t>(
      ::crc32_z(of_size, reinterpret_cast<const Bytef*>(payload.data()), payload.size()));
}

std::string encode(const ledger_entry& e) {
  std::string out;
  out.reserve(160);
  put(out, e.prev);
  put(out, static_cast<std::uint8_t>(e.what));
  put(out, static_cast<std::uint8_t>(e.outcome));
  put(out, static_cast<std::uint8_t>(e.state));
  put(out, static_cast<std::uint8_t>(e.how));
  put(out, std::int64_t{e.at.time_since_epoch().count()});
  put(out, std::int64_t{e.due.time_since_epoch().count()});
  for (const auto value : {e.amount, e.authorized, e.captured, e.refunded}) put(out, value);
  for (const std::string_view text :
       {std::string_view(e.currency), e.payment.view(), std::string_view(e.key),
        std::string_view(e.token), std::string_view(e.code)})
    put_text(out, text);
  return out;
}

std::optional<ledger_entry> decode(std::string_view payload, std::uint64_t offset) {
  reader in{payload};
  ledger_entry e;
  e.offset = offset;
  e.prev = in.get<std::uint64_t>();
  e.what = in.enumerator(ledger_entry::operation::authenticate);
  e.outcome = in.enumerator(payment_answer::kind::requires_action);
  e.state = in.enumerator(payment_record::state::requires_action);
  e.how = in.enumerator(sandbox_behaviour::refund_refused);
  e.at = instant(milliseconds(in.get<std::int64_t>()));
  e.due = instant(milliseconds(in.get<std::int64_t>()));
  for (auto* value : {&e.amount, &e.authorized, &e.captured, &e.refunded})
    *value = in.get<std::int64_t>();
  e.currency = in.text();
  e.payment = payment_id(in.text());
  e.key = in.text();
  e.token = in.text();
  e.code = in.text();
  if (!in.ok || !in.rest.empty()) return std::nullopt;
  return e;
}

std::optional<ledger_entry> line_at(std::string_view file, std::uint64_t offset,
                                    std::uint64_t& next) {
  if (offset + line_head_bytes > file.size()) return std::nullopt;
  std::uint32_t size = 0;
  std::uint32_t sum = 0;
  std::memcpy(&size, file.data() + offset, sizeof size);
  std::memcpy(&sum, file.data() + offset + sizeof size, sizeof sum);
  if (size == 0 || size > max_payload_bytes) return std::nullopt;
  if (offset + line_head_bytes + size > file.size()) return std::nullopt;
  const auto payload = file.substr(offset + line_head_bytes, size);
  if (checksum(payload) != sum) return std::nullopt;
  next = offset + line_head_bytes + padded(size);
  return decode(payload, offset);
}

std::optional<ledger_entry> known_line_at(std::string_view file, std::uint64_t offset) {
  return decode(known_payload(file, offset), offset);
}

std::string_view payment_of_known_line(std::string_view file, std::uint64_t offset) {
  const auto payment = skip_text(known_payload(file, offset).substr(texts_at));
  std::uint16_t size = 0;
  std::memcpy(&size, payment.data(), sizeof size);
  return payment.substr(sizeof size, size);
}

}  // namespace atrium::sandbox_file
