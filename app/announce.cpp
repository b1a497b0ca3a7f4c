#include "app/announce.hpp"

namespace atrium {
namespace {

std::string get(const announcement& a, const std::string& path) {
  return "  curl -s -H \"Authorization: Bearer $KEY\" '" + a.scheme + "://" + a.address + path +
         "'\n";
}

std::string post(const announcement& a, const std::string& path, const std::string& headers,
                 const std::string& body) {
  return "  curl -s -H \"Authorization: Bearer $KEY\" " + headers +
         "-H 'Content-Type: application/json' \\\n    -d '" + body + "' '" + a.scheme + "://" +
         a.address + path + "'\n";
}

/// One to look, one to change something, one to see it.
std::string commands(const announcement& a) {
  if (!a.demo_room.empty())
    return get(a, "/v1/rooms") +
           post(
               a, "/v1/reservations", "-H \"Idempotency-Key: $RANDOM\" ",
               R"({"roomId":")" + a.demo_room + R"(","start":")" + a.demo_start + R"(","end":")" +
                   a.demo_end +
                   R"(","partySize":2,"title":"First try","payment":{"method":"card","token":"pm_card_visa"}})") +
           get(a, "/v1/reservations");
  return get(a, "/v1/me") +
         post(
             a, "/v1/rooms", "",
             R"({"name":"Library","capacity":6,"timeZone":"Asia/Seoul","pricePerHour":{"amount":11000,"currency":"KRW"}})") +
         get(a, "/v1/rooms");
}

}  // namespace

std::string to_text(const announcement& a) {
  std::string out;
  if (!a.new_key.empty())
    out +=
        "The administrator's key, made just now and shown only this once:\n  " + a.new_key + "\n";
  if (!a.demo_keys.empty()) {
    out += "Keys of two customers of the demonstration office:\n";
    for (const auto& [name, key] : a.demo_keys) out += "  " + key + "  " + name + "\n";
  }
  out += "Atrium " + a.version + " is ready at " + a.scheme + "://" + a.address + " (data in " +
         a.data_dir.string() + ")\n";
  const auto& shown = a.demo_keys.empty() ? a.new_key : a.demo_keys.front().second;
  out += "Try in another terminal (the manual is at " + a.scheme + "://" + a.address + "/docs):\n";
  out += "  KEY=" + (shown.empty() ? std::string("<your key>") : shown) + "\n";
  return out + commands(a);
}

}  // namespace atrium
