#pragma once

#include <boost/asio/io_context.hpp>
#include <map>
#include <string>
#include <vector>

#include "tests/faults/faulty_stores.hpp"
#include "tests/sim/gateways.hpp"
#include "tests/sim/judge.hpp"
#include "tests/sim/memory_store.hpp"

namespace paperboy::sim {

// The topics of every app: told in the digest; at once, to whoever asks; at once, by default.
inline constexpr topic_number news = 1, breaking = 2, alerts = 3;

// A time of the day at which digests fall due.
using zone_hour = std::pair<std::string, std::chrono::minutes>;

// The people of a world: who registers, moves, changes, leaves. They come through an API of their
// own, whose stores fail as any others do, and which repeats what conflicted or was not answered.
class crowd {
 public:
  struct settings {
    memory_store& store;
    gateway_world& gateways;
    const wall_clock& clock;
    const trace& tell;
    judge& notes;
    const std::map<std::string, digest_defaults>& apps;
    const std::map<std::string, std::vector<zone_hour>>& hours;  // by app
  };
  crowd(settings s, std::uint64_t seed);

  // Before the world begins: at once, without faults.
  void settle(std::size_t subscribers);
  // Makes somebody's device one that ends whoever sends to it.
  void poison_one();
  // One thing that somebody does, to be done while the world goes on.
  void do_something();

  bool poll() {
    loop_.restart();  // it may have had nothing to do
    return loop_.poll_one() > 0;
  }
  bool busy() const noexcept { return busy_ > 0; }
  // Some phones of an app, not all of them there any more.
  std::vector<device_id> some_phones(const std::string& app);
  faults::store_weather& weather() noexcept { return weather_; }
  // Registrations that were acknowledged and are not there; empty if all are.
  std::vector<std::string> missing() const;

 private:
  // A phone as it knows itself.
  struct phone {
    std::string app;
    device_id id;
    std::uint32_t generation = 0;
    platform system{};
    std::string token;
    bool there = true;  // false: it was erased
    bool busy = false;  // something of it is under way
  };

  enrolment wish(const std::string& app, platform system);
  std::string new_token();
  preferences any_preferences(const std::string& app);
  choices any_topics();
  quiet_hours any_quiet_hours(const std::string& time_zone);
  void spawn(task<void> work);

  task<void> register_new();
  task<void> register_again(std::size_t n);
  task<void> change(std::size_t n);
  task<void> erase(std::size_t n);
  void alter(subscriber& s);

  settings with_;
  chance chance_;
  boost::asio::io_context loop_{1};
  faults::store_weather weather_;
  memory_roster plain_;
  faults::faulty_roster people_{plain_, weather_};
  std::vector<phone> phones_;
  std::uint64_t tokens_ = 0;
  std::size_t busy_ = 0;
};

}  // namespace paperboy::sim
