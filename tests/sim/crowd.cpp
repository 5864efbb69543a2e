#include "tests/sim/crowd.hpp"

#include <boost/asio/co_spawn.hpp>
#include <exception>

#include "core/domain/zone.hpp"
#include "tests/core/fakes/finish.hpp"

namespace paperboy::sim {
namespace {

using namespace std::chrono_literals;

constexpr int most_tries = 20;
constexpr std::chrono::milliseconds again_after{300};

// Not done for certain, or not known whether it was: to be asked again.
bool try_again(const error_code& e) { return e == errc::unavailable || e == errc::timed_out; }

}  // namespace

crowd::crowd(settings s, std::uint64_t seed)
    : with_(std::move(s)),
      chance_(seed),
      weather_(seed + 1),
      plain_(with_.store, [this] { return with_.clock.now(); }) {}

std::string crowd::new_token() { return fmt::format("token-{}", ++tokens_); }

choices crowd::any_topics() {
  choices said;
  if (!chance_.one_in(8)) said.push_back({news, frequency::digest});
  if (chance_.one_in(12)) said.push_back({breaking, frequency::instant});
  if (chance_.one_in(6)) said.push_back({alerts, frequency::off});
  return said;
}

// They begin or end about now, so that some pushes meet them.
quiet_hours crowd::any_quiet_hours(const std::string& time_zone) {
  const auto local = zone::named(time_zone).value().at(with_.clock.now()).time;
  const auto now = std::chrono::floor<std::chrono::minutes>(local);
  const auto about = [&](std::uint64_t before, std::uint64_t after) {
    const auto minutes = static_cast<std::int64_t>(chance_.below(before + after)) -
                         static_cast<std::int64_t>(before);
    return std::chrono::minutes{(now.count() + minutes + 24 * 60) % (24 * 60)};
  };
  quiet_hours q;
  q.start = about(60, 10);
  q.end = about(10, 60);
  q.action = static_cast<quiet_action>(chance_.below(3));
  return q;
}

std::vector<device_id> crowd::some_phones(const std::string& app) {
  std::vector<device_id> some;
  for (const phone& p : phones_) {
    if (p.app == app && some.size() < 40 && chance_.one_in(3)) some.push_back(p.id);
  }
  return some;
}

preferences crowd::any_preferences(const std::string& app) {
  preferences p;
  const auto& [zone, time] = chance_.of(with_.hours.at(app));
  p.time_zone = zone;
  p.digest_time = time;
  p.topics = any_topics();
  if (chance_.one_in(4)) p.quiet = any_quiet_hours(zone);
  if (chance_.one_in(10)) {
    p.digest_days = weekdays::from_bits(static_cast<std::uint8_t>(chance_.between(1, 127)));
  }
  const auto today = zone::named(zone).value().at(with_.clock.now()).date;
  if (chance_.one_in(15)) p.pause = pause{today, today.plus(1)};
  if (chance_.one_in(15)) p.mute_until = with_.clock.now() + 10min;
  return p;
}

enrolment crowd::wish(const std::string& app, platform system) {
  enrolment e;
  e.app = app;
  e.device.platform = system;
  e.device.locale = "en";
  e.device.token = new_token();
  e.wishes = any_preferences(app);
  e.defaults = with_.apps.at(app);
  e.now = std::chrono::floor<std::chrono::seconds>(with_.clock.now());
  return e;
}

void crowd::settle(std::size_t subscribers) {
  for (std::size_t n = 0; n < subscribers; ++n) {
    const auto& app = std::next(with_.apps.begin(),
                                static_cast<std::ptrdiff_t>(chance_.below(with_.apps.size())));
    const auto system = chance_.one_in(2) ? platform::ios : platform::android;
    auto e = wish(app->first, system);
    const std::string token = e.device.token;
    auto done = testing::finish(plain_.enrol(e)).value();
    phone p{app->first, {done.subscriber.value.id, done.device_number}, 0, system, token};
    p.generation = done.subscriber.value.devices.front().generation;
    phones_.push_back(p);
    if (!chance_.one_in(4)) continue;
    // A second device of the same subscriber.
    subscriber both = done.subscriber.value;
    device second = both.devices.front();
    second.number = 1;
    second.generation = 1;
    second.token = new_token();
    second.platform = chance_.one_in(2) ? platform::ios : platform::android;
    both.devices.push_back(second);
    (void)testing::finish(plain_.change(done.subscriber, both, app->second)).value();
    phones_.push_back({app->first, {both.id, 1}, 1, second.platform, second.token});
  }
}

void crowd::poison_one() {
  const phone& p = chance_.of(phones_);
  with_.gateways.poison(p.token);
  with_.notes.poisoned(p.id.subscriber);
  with_.tell.say("world", "{} is poison", p.token);
}

void crowd::spawn(task<void> work) {
  ++busy_;
  boost::asio::co_spawn(loop_, std::move(work), [this](std::exception_ptr failure) {
    --busy_;
    if (failure) std::rethrow_exception(failure);
  });
}

void crowd::do_something() {
  const std::size_t n = chance_.below(phones_.size());
  phone& p = phones_[n];
  if (chance_.one_in(6)) {
    spawn(register_new());
  } else if (!p.there || p.busy) {
    return;
  } else if (chance_.one_in(6)) {
    with_.tell.say("phones", "{} is dead", p.token);
    with_.notes.left(p.id.subscriber);
    with_.gateways.kill_token({p.app, p.system}, p.token);
  } else if (chance_.one_in(6)) {
    spawn(erase(n));
  } else if (chance_.one_in(4)) {
    spawn(register_again(n));
  } else {
    spawn(change(n));
  }
}

task<void> crowd::register_new() {
  const auto app = std::next(with_.apps.begin(),
                             static_cast<std::ptrdiff_t>(chance_.below(with_.apps.size())));
  const auto system = chance_.one_in(2) ? platform::ios : platform::android;
  const enrolment e = wish(app->first, system);
  for (int tries = 0; tries < most_tries; ++tries) {
    auto done = co_await people_.enrol(e);
    if (!done && try_again(done.error())) {
      co_await sleep_for(again_after);
      continue;
    }
    if (!done) co_return;
    const subscriber& s = done->subscriber.value;
    phones_.push_back({app->first, {s.id, done->device_number},
                       s.find_device(done->device_number)->generation, system, e.device.token});
    with_.tell.say("phones", "{} registered as {} in {}", e.device.token,
                   to_text(s.id).substr(0, 8), to_text(done->subscriber.place.cohort));
    co_return;
  }
}

// The same phone with another token, or the token that it had.
task<void> crowd::register_again(std::size_t n) {
  phones_[n].busy = true;
  const phone p = phones_[n];
  enrolment e = wish(p.app, p.system);
  if (chance_.one_in(2)) e.device.token = p.token;
  e.previous = p.id;
  e.previous_generation = p.generation;
  with_.notes.left(p.id.subscriber);  // a device that comes alive anew is not owed before
  for (int tries = 0; tries < most_tries; ++tries) {
    auto done = co_await people_.enrol(e);
    if (!done && (try_again(done.error()) || done.error() == errc::conflict)) {
      co_await sleep_for(again_after);
      continue;
    }
    if (!done) break;
    const subscriber& s = done->subscriber.value;
    with_.notes.left(s.id);
    phone& now = phones_[n];
    now.id = {s.id, done->device_number};
    now.generation = s.find_device(done->device_number)->generation;
    now.token = e.device.token;
    with_.tell.say("phones", "{} is {} now, of {}", p.token, e.device.token,
                   to_text(s.id).substr(0, 8));
    break;
  }
  phones_[n].busy = false;
}

void crowd::alter(subscriber& s) {
  const bool moves = chance_.one_in(2);
  if (moves) {
    const auto& [zone, time] = chance_.of(with_.hours.at(s.app));
    s.wishes.time_zone = zone;
    s.wishes.digest_time = time;
  } else if (chance_.one_in(3)) {
    s.wishes.digest_days =
        weekdays::from_bits(static_cast<std::uint8_t>(chance_.between(0, 127)));
    with_.notes.left(s.id);
  } else if (chance_.one_in(2)) {
    s.wishes.topics = any_topics();
    with_.notes.chose(s.id);
  } else if (chance_.one_in(2)) {
    s.wishes.quiet = any_quiet_hours(s.wishes.time_zone.value_or("UTC"));
  } else {
    s.wishes.mute_until = with_.clock.now() + chance_.time(1s, 10min);
  }
  ++s.version;
}

task<void> crowd::change(std::size_t n) {
  phones_[n].busy = true;
  const phone p = phones_[n];
  for (int tries = 0; tries < most_tries; ++tries) {
    auto found = co_await people_.find(p.app, p.id.subscriber);
    if (found) {
      subscriber after = found->value;
      alter(after);
      const auto& defaults = with_.apps.at(p.app);
      if (after.home(defaults) != found->place.cohort) with_.notes.moved(after.id);
      const cohort home = after.home(defaults);
      auto done = co_await people_.change(*found, after, defaults);
      if (done) {
        with_.tell.say("phones", "{} changed, is in {} slot {}", to_text(after.id).substr(0, 8),
                       to_text(home), done->place.slot);
        break;
      }
      if (!try_again(done.error()) && done.error() != errc::conflict) break;
    } else if (!try_again(found.error())) {
      break;
    }
    co_await sleep_for(again_after);
  }
  phones_[n].busy = false;
}

task<void> crowd::erase(std::size_t n) {
  phones_[n].busy = true;
  const phone p = phones_[n];
  with_.notes.left(p.id.subscriber);
  for (int tries = 0; tries < most_tries; ++tries) {
    auto found = co_await people_.find(p.app, p.id.subscriber);
    if (found) {
      auto done = co_await people_.erase(*found, with_.apps.at(p.app));
      if (done) {
        with_.tell.say("phones", "{} is erased", to_text(p.id.subscriber).substr(0, 8));
        break;
      }
    } else if (!try_again(found.error())) {
      break;
    }
    co_await sleep_for(again_after);
  }
  for (phone& other : phones_) {
    if (other.id.subscriber == p.id.subscriber) other.there = false;
  }
  phones_[n].busy = false;
}

std::vector<std::string> crowd::missing() const {
  std::vector<std::string> all;
  for (const phone& p : phones_) {
    if (!p.there) continue;
    if (!with_.store.shard_of(p.id.subscriber).find(p.id.subscriber)) {
      all.push_back(fmt::format("{} of {} was registered and is not there", p.token,
                                to_text(p.id.subscriber).substr(0, 8)));
    }
  }
  return all;
}

}  // namespace paperboy::sim
