#include "adapters/net/connection_pace.hpp"

#include <algorithm>

namespace paperboy::net {
namespace {

using std::chrono::milliseconds;

constexpr unsigned most_doublings = 16;
// More are not remembered: a gateway that ends connections by the hundred is not owed as many.
constexpr std::size_t most_to_replace = 16;

}  // namespace

connection_pace::connection_pace(const pace_settings& settings, std::uint32_t seed)
    : settings_(settings), chance_(seed) {}

bool connection_pace::may_open(time_point now, bool alone) const noexcept {
  if (now < not_before_) return false;
  if (!opened_any_) return true;
  const bool replaces = alone || last_replaced_ || to_replace_ != 0;
  return now - last_opening_ >=
         (replaces ? settings_.between_connections : settings_.load_before_another);
}

void connection_pace::opening(time_point now) noexcept {
  opened_any_ = true;
  last_opening_ = now;
  last_replaced_ = to_replace_ != 0;
  if (to_replace_ != 0) --to_replace_;
}

void connection_pace::lost() noexcept {
  to_replace_ = std::min(to_replace_ + 1, most_to_replace);
}

void connection_pace::failed(time_point now) noexcept {
  failures_ = std::min(failures_ + 1, most_doublings);
  not_before_ = now + by_lot(std::min(settings_.longest_back_off,
                                      settings_.between_connections * (1 << failures_)));
}

milliseconds connection_pace::lifetime() noexcept {
  return settings_.max_age - by_lot(settings_.max_age / 5);
}

milliseconds connection_pace::by_lot(milliseconds most) noexcept {
  std::uniform_int_distribution<milliseconds::rep> lot(0, most.count());
  return milliseconds(lot(chance_));
}

}  // namespace paperboy::net
