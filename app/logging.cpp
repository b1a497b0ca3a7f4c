#include "app/logging.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <string_view>
#include <unistd.h>

#include "domain/time.hpp"

namespace atrium {
namespace {

constexpr std::string_view correlation_mark = " correlation=";

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
    std::string_view correlation;
    if (const auto at = message.rfind(correlation_mark); at != std::string_view::npos) {
      const auto value = message.substr(at + correlation_mark.size());
      if (value.find(' ') == std::string_view::npos) {
        correlation = value;
        message = message.substr(0, at);
      }
    }
    const auto level = spdlog::level::to_string_view(msg.level);
    out.StartObject();
    text("at", format_instant(std::chrono::time_point_cast<milliseconds>(msg.time)));
    text("level", {level.data(), level.size()});
    text("logger", {msg.logger_name.data(), msg.logger_name.size()});
    text("message", message);
    if (!correlation.empty()) text("correlation", correlation);
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
