#include "persistence/codec.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <array>
#include <bit>
#include <limits>
#include <stdexcept>

#include "domain/refusal.hpp"
#include "persistence/record_layout.hpp"

namespace atrium {

static_assert(std::endian::native == std::endian::little, "records are little-endian");

namespace {

/// Streams are keys of the index: LMDB's keys hold 511 bytes.
constexpr std::size_t max_stream_length = 400;

/// Requests are bounded far below these limits at the edge: reaching one is a bug.
void check_lengths(const event_envelope& e) {
  if (e.stream.empty() || e.stream.size() > max_stream_length)
    throw std::length_error("journal record: a stream's name has 1 to 400 bytes");
  for (const auto text : {e.correlation, e.causation, e.actor})
    if (text.size() > std::numeric_limits<std::uint16_t>::max())
      throw std::length_error("journal record: correlation, causation or actor is too long");
}

}  // namespace

std::string encode_record(const new_event& e) {
  return encode_record({e.stream, e.seq, e.at, e.correlation, e.causation, e.actor}, e.what);
}

std::string encode_record(const event_envelope& e, const event& what) {
  check_lengths(e);
  const std::array<std::string_view, 5> texts{type_name(what), e.stream, e.correlation, e.causation,
                                              e.actor};
  constexpr std::size_t usual_size = 1024;
  std::string bytes;
  bytes.reserve(usual_size);
  bytes.resize(record::head_size);
  for (const auto text : texts) bytes.append(text);
  const auto data_at = bytes.size();
  append_data(bytes, what);
  if (bytes.size() > record::max_size)
    throw std::length_error("journal record is longer than 1 MiB");

  bytes[0] = static_cast<char>(record::format);
  record::store(bytes.data() + record::seq_at, e.seq);
  record::store(bytes.data() + record::time_at, std::int64_t{e.at.time_since_epoch().count()});
  for (std::size_t i = 0; i != texts.size(); ++i)
    record::store(bytes.data() + record::lengths_at + 2 * i,
                  static_cast<std::uint16_t>(texts[i].size()));
  record::store(bytes.data() + record::data_length_at,
                static_cast<std::uint32_t>(bytes.size() - data_at));
  record::store(bytes.data() + record::checksum_at,
                record::checksum(std::string_view(bytes).substr(record::seq_at)));
  return bytes;
}

result<record_head> decode_head(std::string_view bytes) {
  if (bytes.empty()) return refusal(ec::malformed, "the record is empty");
  if (static_cast<std::uint8_t>(bytes[0]) != record::format)
    return refusal(ec::malformed, "record format " +
                                      std::to_string(static_cast<std::uint8_t>(bytes[0])) +
                                      " is not known to this release");
  if (bytes.size() < record::head_size) return refusal(ec::malformed, "the record is cut short");
  if (bytes[1] != 0) return refusal(ec::malformed, "the record's head is damaged");
  if (record::load<std::uint32_t>(bytes.data() + record::checksum_at) !=
      record::checksum(bytes.substr(record::seq_at)))
    return refusal(ec::malformed, "the record's checksum does not match: its bytes were damaged");

  record_head head;
  head.shard = record::load<std::uint16_t>(bytes.data() + record::shard_at);
  head.offset = record::load<std::uint64_t>(bytes.data() + record::offset_at);
  head.seq = record::load<std::uint64_t>(bytes.data() + record::seq_at);
  head.at = instant{milliseconds{record::load<std::int64_t>(bytes.data() + record::time_at)}};
  std::string_view rest = bytes.substr(record::head_size);
  const std::array<std::string_view*, 5> texts{&head.type, &head.stream, &head.correlation,
                                               &head.causation, &head.actor};
  for (std::size_t i = 0; i != texts.size(); ++i) {
    const auto n = record::load<std::uint16_t>(bytes.data() + record::lengths_at + 2 * i);
    if (n > rest.size()) return refusal(ec::malformed, "the record is cut short");
    *texts[i] = rest.substr(0, n);
    rest.remove_prefix(n);
  }
  if (record::load<std::uint32_t>(bytes.data() + record::data_length_at) != rest.size())
    return refusal(ec::malformed, "the record's length does not match its head");
  head.data = rest;
  return head;
}

result<stored_event> decode_record(std::uint64_t position, std::string_view bytes) {
  result<stored_event> decoded{boost::system::in_place_value};
  if (auto fine = decode_record(position, bytes, *decoded); !fine) return fine.error();
  return decoded;
}

result<void> decode_record(std::uint64_t position, std::string_view bytes, stored_event& into) {
  const auto head = decode_head(bytes);
  if (!head) return head.error();
  if (auto fine = decode_data(head->type, head->data, into.what); !fine) return fine.error();
  into.position = position;
  into.shard = head->shard;
  into.offset = head->offset;
  into.stream = head->stream;
  into.seq = head->seq;
  into.at = head->at;
  into.correlation = head->correlation;
  into.causation = head->causation;
  into.actor = head->actor;
  into.type = head->type;
  return {};
}

std::string to_json_line(const stored_event& e) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> w(buffer);
  const auto text = [&](const char* name, const std::string& value) {
    w.Key(name);
    w.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  const auto number = [&](const char* name, std::uint64_t value) {
    w.Key(name);
    w.Uint64(value);
  };
  w.StartObject();
  number("position", e.position);
  number("shard", e.shard);
  number("offset", e.offset);
  text("stream", e.stream);
  number("seq", e.seq);
  text("at", format_instant(e.at));
  text("type", e.type);
  text("correlation", e.correlation);
  text("causation", e.causation);
  text("actor", e.actor);
  w.Key("data");
  const std::string data = encode_data(e.what);
  w.RawValue(data.data(), data.size(), rapidjson::kObjectType);
  w.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace atrium
