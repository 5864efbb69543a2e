#include "adapters/command_line/log.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace paperboy::command_line {
namespace {

// The pattern's flag for the text of a message, cleaned.
class clean_text final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& into) override {
    const std::string text = clean_log_text({message.payload.data(), message.payload.size()});
    into.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<clean_text>();
  }
};

spdlog::level::level_enum level_of(log_level least) noexcept {
  switch (least) {
    case log_level::debug:
      return spdlog::level::debug;
    case log_level::info:
      return spdlog::level::info;
    case log_level::warning:
      return spdlog::level::warn;
    case log_level::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

// The second byte of U+0080 to U+009F, the C1 controls, after 0xC2.
bool c1_control(unsigned char lead, unsigned char next) noexcept {
  return lead == 0xC2 && next >= 0x80 && next <= 0x9F;
}

}  // namespace

std::string clean_log_text(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (i + 1 < text.size() && c1_control(byte, static_cast<unsigned char>(text[i + 1]))) {
      clean += ' ';
      ++i;
    } else {
      clean += byte < ' ' || byte == 0x7F ? ' ' : text[i];
    }
  }
  return clean;
}

void set_up_log(log_level least) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<clean_text>('*').set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %*");
  auto logger = std::make_shared<spdlog::logger>("paperboy",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(std::move(formatter));
  logger->set_level(level_of(least));
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace paperboy::command_line
