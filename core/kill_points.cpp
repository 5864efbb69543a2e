#include "core/kill_points.hpp"

#ifdef PAPERBOY_KILL_POINTS  // nothing of it is in a program for users

#include <atomic>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace paperboy {
namespace {

struct order {
  std::size_t point = kill_point_names.size();  // none
  long times = 1;
  std::string subscriber;  // hex; empty: whoever it is
};

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += digits[byte >> 4U];
    hex += digits[byte & 15U];
  }
  return hex;
}

// A test that names no point of the list is told at once.
order read_order() {
  order o;
  const char* const given = std::getenv(kill_point_variable);
  if (given == nullptr) return o;
  const std::string_view text = given;
  const auto end = text.find_first_of(":@");
  for (o.point = 0; o.point < kill_point_names.size(); ++o.point) {
    if (kill_point_names[o.point] == text.substr(0, end)) break;
  }
  if (o.point == kill_point_names.size()) {
    std::fprintf(stderr, "%s=%s is no kill point\n", kill_point_variable, given);
    std::abort();
  }
  if (end == std::string_view::npos) return o;
  const std::string_view rest = text.substr(end + 1);
  if (text[end] == '@') {
    o.subscriber = rest;
  } else {
    std::from_chars(rest.data(), rest.data() + rest.size(), o.times);
  }
  return o;
}

const order& ordered() {
  static const order o = read_order();
  return o;
}

[[noreturn]] void end(kill_point point) noexcept {
  const std::string_view name = kill_point_names[point.number()];
  std::fprintf(stderr, "kill point %.*s\n", static_cast<int>(name.size()), name.data());
  std::abort();
}

}  // namespace

void reached(kill_point point) noexcept {
  static std::atomic<long> times{0};
  const order& o = ordered();
  if (o.point != point.number() || !o.subscriber.empty()) return;
  if (++times == o.times) end(point);
}

void reached(kill_point point, std::string_view subscriber) noexcept {
  reached(point);
  const order& o = ordered();
  if (o.point == point.number() && !o.subscriber.empty() && hex_of(subscriber) == o.subscriber) {
    end(point);
  }
}

}  // namespace paperboy

#endif
