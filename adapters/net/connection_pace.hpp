#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>

namespace paperboy::net {

struct pace_settings {
  // Around the opening of one that takes the place of one that failed or was ended by the peer: at
  // most one a second, for gateways take more for an attack.
  std::chrono::milliseconds between_connections{1000};
  std::chrono::milliseconds longest_back_off{60000};
  std::chrono::milliseconds load_before_another{100};  // between those that are opened for load
  std::chrono::milliseconds max_age{4 * 3600 * 1000};  // of a connection
};

// When a connection to one endpoint may be opened, and how long it is to live. Opens nothing and
// reads no clock.
class connection_pace {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  connection_pace(const pace_settings& settings, std::uint32_t seed);

  // `alone`: no other connection takes requests.
  bool may_open(time_point now, bool alone) const noexcept;
  // One is being opened.
  void opening(time_point now) noexcept;
  // The peer or the network ended one, or kept one from coming about: the next takes its place.
  void lost() noexcept;
  // One ended before its first answer: waits, with full jitter, for longer at each further one.
  void failed(time_point now) noexcept;
  // One brought an answer: the gateway is well.
  void served() noexcept { failures_ = 0; }

  // max_age less up to a fifth by lot, so that connections opened together do not end together.
  std::chrono::milliseconds lifetime() noexcept;

 private:
  std::chrono::milliseconds by_lot(std::chrono::milliseconds most) noexcept;

  pace_settings settings_;
  std::minstd_rand chance_;
  unsigned failures_ = 0;      // in a row
  std::size_t to_replace_ = 0;  // lost ones whose place nobody has taken
  bool last_replaced_ = false;  // so did the last opening
  bool opened_any_ = false;
  time_point last_opening_{};
  time_point not_before_{};
};

}  // namespace paperboy::net
