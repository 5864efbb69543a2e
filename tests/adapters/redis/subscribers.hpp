#pragma once

#include <rapidcheck.h>

#include <string>

#include "core/domain/subscriber.hpp"

// Subscribers of every shape, for properties; gtest before this header.
namespace paperboy::redis {

inline rc::Gen<std::string> any_locale() {
  return rc::gen::oneOf(rc::gen::elementOf(std::vector<std::string>{
                            "az", "az-AZ", "zz-ZZ", "aa", "az-Latn-AZ", "es-419", "AZ-az", "a", "",
                            "ar-EG-u-nu-latn", "az-A1", "az_AZ"}),
                        rc::gen::resize(20, rc::gen::arbitrary<std::string>()));
}

inline rc::Gen<std::string> any_zone(const cohort& at) {
  return rc::gen::element<std::string>("", at.time_zone, "UTC", "America/Argentina/Buenos_Aires");
}

inline rc::Gen<std::string> any_app_version() {
  return rc::gen::oneOf(
      rc::gen::element<std::string>("", "3.1.0", "10.20.3", "1", "..", "3.1-beta"),
      rc::gen::resize(60, rc::gen::arbitrary<std::string>()));
}

inline rc::Gen<std::string> any_bytes(std::size_t size) {
  return rc::gen::container<std::string>(size, rc::gen::arbitrary<char>());
}

// Of the form that is kept in six bits a letter, or nearly.
inline rc::Gen<std::string> any_firebase_token() {
  const auto letters = rc::gen::container<std::string>(
      rc::gen::elementOf(std::string("ABCXYZabcxyz0189-_:")));
  return rc::gen::map(rc::gen::pair(letters, letters), [](const auto& both) {
    return both.first + ":APA91b" + both.second;
  });
}

template <class T, class G>
rc::Gen<std::optional<T>> optional_of(G gen) {
  return rc::gen::oneOf(rc::gen::just(std::optional<T>{}), rc::gen::map(gen, [](T value) {
                          return std::optional<T>(std::move(value));
                        }));
}

inline rc::Gen<std::chrono::minutes> any_minutes(const cohort& at) {
  return rc::gen::oneOf(rc::gen::just(at.time), rc::gen::map(rc::gen::inRange(0, 1440), [](int m) {
                          return std::chrono::minutes{m};
                        }));
}

inline rc::Gen<std::chrono::sys_seconds> any_time() {
  return rc::gen::map(rc::gen::arbitrary<std::uint32_t>(), [](std::uint32_t s) {
    return std::chrono::sys_seconds{std::chrono::seconds{s}};
  });
}

inline choices any_topics() {
  choices topics;
  const auto numbers = *rc::gen::unique<std::vector<topic_number>>(
      rc::gen::oneOf(rc::gen::inRange<topic_number>(0, 60), rc::gen::arbitrary<topic_number>()));
  for (const auto n : numbers) {
    choose_frequency(topics, n, static_cast<frequency>(*rc::gen::inRange(0, 4)));
  }
  return topics;
}

inline preferences any_preferences(const cohort& at) {
  preferences p;
  const auto small = rc::gen::arbitrary<std::uint8_t>();
  const auto date = rc::gen::map(rc::gen::arbitrary<std::int32_t>(),
                                 [](std::int32_t d) { return local_date{d}; });
  p.time_zone = *optional_of<std::string>(any_zone(at));
  p.locale = *optional_of<std::string>(any_locale());
  p.digest_enabled = *optional_of<bool>(rc::gen::arbitrary<bool>());
  p.digest_time = *optional_of<std::chrono::minutes>(any_minutes(at));
  p.digest_days = *optional_of<weekdays>(
      rc::gen::map(small, [](std::uint8_t bits) { return weekdays::from_bits(bits); }));
  p.max_items = *optional_of<std::uint8_t>(small);
  p.min_items = *optional_of<std::uint8_t>(small);
  p.instant_items = *optional_of<include_instant>(
      rc::gen::map(rc::gen::inRange(0, 3), [](int i) { return static_cast<include_instant>(i); }));
  if (*rc::gen::arbitrary<bool>()) {
    p.quiet = quiet_hours{*any_minutes(at), *any_minutes(at),
                          static_cast<quiet_action>(*rc::gen::inRange(0, 3))};
  }
  if (*rc::gen::arbitrary<bool>()) p.pause = pause{*date, *date};
  if (*rc::gen::arbitrary<bool>()) {
    p.mute_until = instant{std::chrono::milliseconds{*rc::gen::arbitrary<std::int64_t>()}};
  }
  p.topics = any_topics();
  return p;
}

inline device any_device(std::uint8_t number, std::uint32_t joined, const cohort& at) {
  device d;
  d.number = number;
  d.platform = static_cast<platform>(*rc::gen::inRange(0, 2));
  d.gateway_environment = static_cast<environment>(*rc::gen::inRange(0, 2));
  d.state = static_cast<device_state>(*rc::gen::inRange(0, 3));
  d.generation = *rc::gen::arbitrary<std::uint32_t>();
  d.joined = *rc::gen::weightedOneOf<std::uint32_t>(
      {{3, rc::gen::just(joined)},
       {1, rc::gen::map(rc::gen::arbitrary<std::uint32_t>(),
                        [joined](std::uint32_t j) { return std::max(j, joined); })}});
  d.registered_at = *any_time();
  if (d.live()) {
    d.token = *rc::gen::oneOf(any_bytes(32), any_bytes(163), any_bytes(0), any_bytes(31),
                              any_firebase_token());
  } else {
    d.lost_at = *any_time();
  }
  d.locale = *any_locale();
  d.time_zone = *any_zone(at);
  d.app_version = *any_app_version();
  return d;
}

inline subscriber any_subscriber(const cohort& at) {
  subscriber s;
  s.id = subscriber_id_from(*any_bytes(16));
  s.app = at.app;
  s.version = *rc::gen::arbitrary<std::uint32_t>();
  s.joined = *rc::gen::arbitrary<std::uint32_t>();
  s.wishes = any_preferences(at);
  for (std::uint8_t number = 0; number < 32; ++number) {
    if (*rc::gen::inRange(0, 16) == 0 || (number == 0 && *rc::gen::arbitrary<bool>())) {
      s.devices.push_back(any_device(number, s.joined, at));
    }
  }
  return s;
}

}  // namespace paperboy::redis
