#include "app/logging.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <string_view>
#include <unistd.h>
#include <vector>

#include "domain/time.hpp"

namespace atrium {
namespace {

/// "name=value" with a name in lower case, other than the line's own.
bool is_field(std::string_view word) {
  const auto name = word.substr(0, word.find('='));
  if (name.empty() || name.size() == word.size()) return false;
  for (const char c : name)
    if ((c < 'a' || c > 'z') && c != '_') return false;
  return name != "at" && name != "level" && name != "logger" && name != "message";
}

/// Takes the fields at the end of a message off it, the last one first.
std::vector<std::string_view> take_fields(std::string_view& message) {
  std::vector<std::string_view> found;
  for (;;) {
    const auto space = message.rfind(' ');
    if (space == std::string_view::npos || !is_field(message.substr(space + 1))) return found;
    found.push_back(message.substr(space + 1));
    message = message.substr(0, space);
  }
}

class json_formatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& msg, spdlog::memory_buf_t& dest) override {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> out(buffer);
    const auto text = [&](const char* name, std::string_view value) {
      out.Key(name);
      out.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    };
    std::string_view message(msg.payload.data(), msg.payload.size());
    const auto fields = take_fields(message);
    const auto level = spdlog::level::to_string_view(msg.level);
    out.StartObject();
    text("at", format_instant(std::chrono::time_point_cast<milliseconds>(msg.time)));
    text("level", {level.data(), level.size()});
    text("logger", {msg.logger_name.data(), msg.logger_name.size()});
    text("message", message);
    for (auto field = fields.rbegin(); field != fields.rend(); ++field) {
      const auto equals = field->find('=');
      if (equals + 1 < field->size())
        text(std::string(field->substr(0, equals)).c_str(), field->substr(equals + 1));
    }
    out.EndObject();
    dest.append(buffer.GetString(), buffer.GetString() + buffer.GetSize());
    dest.push_back('\n');
  }

  std::unique_ptr<spdlog::formatter> clone() const override { return make_json_formatter(); }
};

}  // namespace

std::unique_ptr<spdlog::formatter> make_json_formatter() {
  return std::make_unique<json_formatter>();
}

void start_logging(const std::string& level, const std::string& format) {
  // A line is one write: nobody else's output on the same terminal lands inside it.
  std::setvbuf(stderr, nullptr, _IOLBF, 16 * 1024);
  const bool is_text = format == "text" || (format == "auto" && ::isatty(STDERR_FILENO) == 1);
  spdlog::sink_ptr sink;
  if (is_text) {
    sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>();
    sink->set_pattern("%H:%M:%S.%e %^%-5l%$ %-11n %v");
  } else {
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    sink->set_formatter(make_json_formatter());
  }
  spdlog::drop_all();
  const auto severity = spdlog::level::from_str(level);
  const auto make = [&](const char* name) {
    auto logger = std::make_shared<spdlog::logger>(name, sink);
    logger->set_level(severity);
    return logger;
  };
  for (const auto* name : {"http", "sagas", "actors", "notifications", "payments", "persistence"})
    spdlog::register_logger(make(name));
  spdlog::set_default_logger(make("app"));  // registers it too
}

}  // namespace atrium
