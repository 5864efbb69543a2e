#include "adapters/net/retry_after.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <string>

namespace paperboy::net {
namespace {

using std::chrono::seconds;

constexpr seconds longest{24 * 3600};
constexpr std::string_view digits = "0123456789";

std::optional<std::time_t> read_date(const std::string& text) {
  // IMF-fixdate, RFC 850 and asctime (RFC 9110 section 5.6.7). The program runs in the C locale.
  for (const char* form :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    std::tm parts{};
    const char* end = ::strptime(text.c_str(), form, &parts);
    if (end != nullptr && *end == '\0') return ::timegm(&parts);
  }
  return std::nullopt;
}

}  // namespace

std::optional<seconds> read_retry_after(std::string_view value,
                                        std::chrono::system_clock::time_point now) {
  if (value.empty()) return std::nullopt;
  if (value.find_first_not_of(digits) == value.npos) {
    seconds::rep number = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
    if (read.ec != std::errc{}) return longest;
    return std::min(seconds(number), longest);
  }
  const auto date = read_date(std::string(value));
  if (!date) return std::nullopt;
  const auto wait = std::chrono::system_clock::from_time_t(*date) - now;
  return std::clamp(std::chrono::ceil<seconds>(wait), seconds{0}, longest);
}

}  // namespace paperboy::net
