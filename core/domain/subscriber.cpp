#include "core/domain/subscriber.hpp"

#include <algorithm>
#include <charconv>

namespace paperboy {

std::string to_text(const cohort& c) {
  return c.app + ':' + c.time_zone + ':' + std::to_string(c.time.count());
}

std::optional<cohort> parse_cohort(std::string_view text) {
  const auto first = text.find(':');
  const auto last = text.rfind(':');
  if (first == std::string_view::npos || last == first) return std::nullopt;
  int minutes = 0;
  const auto digits = text.substr(last + 1);
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), minutes);
  if (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) return std::nullopt;
  return cohort{std::string(text.substr(0, first)),
                std::string(text.substr(first + 1, last - first - 1)),
                std::chrono::minutes{minutes}};
}

const device* subscriber::find_device(std::uint8_t number) const noexcept {
  const auto at = std::find_if(devices.begin(), devices.end(),
                               [number](const device& d) { return d.number == number; });
  return at == devices.end() ? nullptr : &*at;
}

device* subscriber::find_device(std::uint8_t number) noexcept {
  const auto at = std::find_if(devices.begin(), devices.end(),
                               [number](const device& d) { return d.number == number; });
  return at == devices.end() ? nullptr : &*at;
}

std::size_t subscriber::live_devices() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(devices.begin(), devices.end(), [](const device& d) { return d.live(); }));
}

const device* subscriber::latest_device() const noexcept {
  const device* latest = nullptr;
  for (const auto& d : devices) {
    if (latest == nullptr || d.live() > latest->live() ||
        (d.live() == latest->live() && d.registered_at > latest->registered_at)) {
      latest = &d;
    }
  }
  return latest;
}

effective_preferences subscriber::effective(const digest_defaults& defaults) const {
  const device* latest = latest_device();
  return resolve(wishes, latest ? latest->time_zone : std::string_view{},
                 latest ? latest->locale : std::string_view{}, defaults);
}

cohort subscriber::home(const digest_defaults& defaults) const {
  const auto e = effective(defaults);
  return {app, e.time_zone, e.digest_time};
}

weekdays subscriber::due_days(const digest_defaults& defaults) const {
  const auto e = effective(defaults);
  return e.digest_enabled ? e.digest_days : weekdays{};
}

}  // namespace paperboy
