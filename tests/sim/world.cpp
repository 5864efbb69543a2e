#include "tests/sim/world.hpp"

#include <algorithm>

#include "core/domain/zone.hpp"
#include "tests/core/fakes/finish.hpp"
#include "tests/sim/newsroom.hpp"
#include "tests/sim/orders.hpp"

namespace paperboy::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds tenth{100};
// Of simulated time with something to do: whoever needs more does not end.
constexpr std::chrono::minutes longest{40};
// Without waiting for anything: who takes more turns in a circle.
constexpr std::size_t most_steps = 1'000'000;

std::map<std::string, digest_defaults> apps_of(const scenario& s) {
  std::map<std::string, digest_defaults> apps;
  for (const auto& [app, hours] : s.hours) apps[app] = {};
  return apps;
}

}  // namespace

scenario::scenario(chance& dice)
    : shards(static_cast<std::uint32_t>(dice.between(1, 4))),
      workers(dice.between(1, 4)),
      apps(dice.between(1, 3)),
      people(dice.one_in(8) ? dice.between(250, 700) : dice.between(5, 120)),
      window(dice.between(2, 24)),
      lease(dice.time(3s, 8s)),
      start(instant{1'780'000'000s} + dice.time(0ms, 24h * 300)),
      days(dice.one_in(3) ? 2 : 1),
      disturbances(static_cast<unsigned>(dice.between(2, 24))) {
  delivery.spread = dice.one_in(2) ? 0ms : dice.time(0ms, 10s);
  delivery.deadline = dice.time(90s, 10min);
  delivery.lease = lease;
  delivery.apns_server_error_retry = dice.time(2s, 30s);
  rates.slowest = dice.time(0ms, 40ms);
  rates.timed_out = static_cast<unsigned>(dice.below(4));
  rates.done_and_timed_out = static_cast<unsigned>(dice.below(8));
  rates.unavailable = static_cast<unsigned>(dice.below(6));
  // Whole minutes, so far apart that runs overlap or do not; all apps have them.
  start = std::chrono::floor<std::chrono::minutes>(start);
  instant at = start;
  for (std::uint64_t n = dice.between(1, 3); n > 0; --n) {
    at += std::chrono::minutes{4 * dice.between(1, 5)};
    slots.push_back(at);
  }
  const char* zones[] = {"UTC", "Asia/Baku", "America/New_York", "Asia/Kathmandu",
                         "Pacific/Kiritimati"};
  const std::uint64_t most_zones = dice.between(1, 5);
  for (std::size_t n = 0; n < apps; ++n) {
    auto& of_app = hours["app" + std::to_string(n + 1)];
    for (const instant slot : slots) {
      for (std::uint64_t z = 0; z < most_zones; ++z) {
        const auto local = zone::named(zones[z]).value().at(slot);
        of_app.emplace_back(zones[z], std::chrono::floor<std::chrono::minutes>(local.time));
      }
    }
  }
}

std::string scenario::text() const {
  return fmt::format(
      "{} workers, {} shards, {} apps, {} people, window {}, lease {} ms, {} slots on {} days, "
      "deadline {} s, store faults {}/{}/{} in 1000, {} disturbances",
      workers, shards, apps, people, window, lease.count(), slots.size(), days,
      delivery.deadline.count() / 1000, rates.timed_out, rates.done_and_timed_out,
      rates.unavailable, disturbances);
}

world::world(std::uint64_t seed, bool traced, const templates& words)
    : chance_(seed),
      scenario_(chance_),
      clock_(time_, scenario_.start),
      trace_(traced, clock_),
      judge_(trace_),
      words_(words),
      apps_(apps_of(scenario_)),
      gateways_(time_, clock_, trace_, chance_()),
      store_({scenario_.shards, scenario_.lease, [this] { return clock_.now(); },
              [this] { return chance_(); }, &judge_}),
      desk_(store_, [this] { return !chance_.one_in(4); }),
      people_({store_, gateways_, clock_, trace_, judge_, apps_, scenario_.hours}, chance_()),
      around_{store_, gateways_, clock_, trace_, apps_, scenario_.delivery, words_,
              scenario_.window},
      seats_(scenario_.workers),
      end_(scenario_.slots.back() + std::chrono::days{scenario_.days - 1} + 3min) {
  trace_.say("world", "{}", scenario_.text());
  found_newsroom(store_, apps_, scenario_.start);
  people_.settle(scenario_.people);
  if (chance_.one_in(4)) people_.poison_one();
  people_.weather().rates = scenario_.rates;
  for (std::size_t n = 0; n < seats_.size(); ++n) start(n);
}

void world::later(std::chrono::milliseconds after, std::function<void()> what) {
  time_.call_at(time_.now() + after, std::move(what));
}

void world::start(std::size_t n) {
  seat& s = seats_[n];
  s.process = std::make_unique<worker>(around_, fmt::format("worker{}.{}", n + 1, ++s.lives),
                                       chance_());
  s.process->weather().rates = calm_ ? faults::store_fault_rates{} : scenario_.rates;
  trace_.say(s.process->name(), "starts");
}

bool world::anything_open() const {
  return std::any_of(store_.shards.begin(), store_.shards.end(),
                     [](const memory_shard& s) { return !s.idle(); });
}

std::size_t world::alive() const {
  const auto there = [](const seat& s) { return s.process != nullptr; };
  return static_cast<std::size_t>(std::count_if(seats_.begin(), seats_.end(), there));
}

// What happens.

void world::kill(std::size_t n) {
  trace_.say(seats_[n].process->name(), "is killed");
  judge_.allow_copies(scenario_.window);
  seats_[n].process.reset();
  later(chance_.time(100ms, 2 * scenario_.lease), [this, n] { start(n); });
}

// Those that ended by their own fault: most of them can say whom they served.
void world::hear_last_words() {
  for (const auto& [sender, run, shard, served] : gateways_.ended()) {
    const auto of = std::ranges::find_if(
        seats_, [&](const seat& s) { return s.process && s.process->name() == sender; });
    if (of == seats_.end()) continue;  // it could not end twice
    if (run.empty()) judge_.wrong("it ended in the midst of nobody");
    if (!chance_.one_in(8)) ++store_.shards[shard].blamed[run][served];
    kill(static_cast<std::size_t>(of - seats_.begin()));
  }
}

void world::freeze(std::size_t n) {
  const auto time = chance_.time(scenario_.lease / 2, 3 * scenario_.lease);
  trace_.say(seats_[n].process->name(), "is frozen for {} ms", time.count());
  judge_.allow_copies(scenario_.window);
  seats_[n].process->freeze(true);
  later(time, [this, n, life = seats_[n].lives] {
    if (!seats_[n].process || seats_[n].lives != life) return;
    trace_.say(seats_[n].process->name(), "goes on");
    seats_[n].process->freeze(false);
  });
}

void world::drain(std::size_t n) {
  trace_.say(seats_[n].process->name(), "is told to end");
  seats_[n].process->drain();
}

void world::spoil_gateway() {
  const auto app =
      std::next(apps_.begin(), static_cast<std::ptrdiff_t>(chance_.below(apps_.size())));
  const gateway_world::line l{app->first, chance_.one_in(2) ? platform::ios : platform::android};
  const auto mood = static_cast<gateway_mood>(chance_.between(1, gateway_moods - 1));
  const auto time = chance_.time(1s, 20s);
  trace_.say("gateway", "{} {}: {} for {} ms", l.first, gateway_of(l.second),
             to_text(mood), time.count());
  gateways_.set_mood(l, mood);
  later(time, [this, l, mood] {
    gateways_.set_mood(l, gateway_mood::fine);
    trace_.say("gateway", "{} is fine again", l.first);
    if (mood != gateway_mood::unauthorized) return;
    for (auto& s : seats_) {
      if (s.process) s.process->renew_credentials();
    }
  });
}

void world::spoil_store(bool entirely) {
  const std::size_t n = chance_.below(seats_.size());
  if (!seats_[n].process) return;
  faults::store_fault_rates rates = scenario_.rates;
  if (entirely) {
    rates.unavailable = 1000;
    rates.timed_out = rates.done_and_timed_out = 0;
    judge_.allow_copies(scenario_.window);
  } else {
    rates.timed_out = static_cast<unsigned>(chance_.below(200));
    rates.done_and_timed_out = static_cast<unsigned>(chance_.below(300));
    rates.slowest = chance_.time(1ms, 500ms);
    judge_.allow_copies(scenario_.window);
  }
  const auto time = chance_.time(500ms, 2 * scenario_.lease);
  trace_.say(seats_[n].process->name(), "its store is {} for {} ms",
             entirely ? "away" : "bad", time.count());
  seats_[n].process->weather().rates = rates;
  later(time, [this, n] {
    if (seats_[n].process) {
      seats_[n].process->weather().rates = calm_ ? faults::store_fault_rates{} : scenario_.rates;
    }
  });
}

void world::step_clock(std::size_t n) {
  const bool back = chance_.one_in(2);
  const auto by = chance_.one_in(2) ? chance_.time(1s, 30s) : chance_.time(1min, 1h);
  trace_.say(seats_[n].process->name(), "its clock is wrong by {}{} ms", back ? "-" : "+",
             by.count());
  seats_[n].process->set_clock_wrong_by(back ? -by : by);
}

void world::order_notification() {
  const auto of =
      std::next(apps_.begin(), static_cast<std::ptrdiff_t>(chance_.below(apps_.size())));
  notification_order order = any_order(chance_, people_.some_phones(of->first));
  const instant now = clock_.now();
  if (chance_.one_in(3)) order.send_at = now + chance_.time(0ms, 90s);
  const std::string run = notification_run_id(due_at(order, now), chance_());
  const auto topics = testing::finish(store_.news.topics(of->first)).value();
  judge_.expect(run, [topics, audience = order.audience](const choices& said) {
    return is_meant(audience, said, *topics);
  });
  const std::string whom = fmt::format("{}", fmt::join(order.audience.topics, ", "));
  trace_.say("newsroom", "{} orders {} for {}", of->first, run, whom.empty() ? "a list" : whom);
  (void)testing::finish(desk_.enter(of->first, run, due_at(order, now), order, {}));
  if (order.item_id.empty() && !order.news.url.empty()) {
    store_.news.now = now;
    const item told = run_item(order, run, due_at(order, now), "en");
    (void)testing::finish(store_.news.put_items(of->first, {&told, 1}));
  }
}

void world::steer(const std::string& app, const std::string& run, steering to) {
  const auto done = testing::finish(desk_.steer(app, run, to));
  trace_.say("newsroom", "{} {}: {}", run,
             to == steering::pause    ? "is to pause"
             : to == steering::resume ? "is to go on"
                                      : "is to be cancelled",
             done ? to_text(*done) : done.error().message());
}

void world::steer_run() {
  std::vector<std::pair<std::string, std::string>> open;
  for (const auto& [app, runs] : store_.runs) {
    for (const auto& [id, head] : runs) {
      if (!head.done) open.emplace_back(app, id);
    }
  }
  if (open.empty()) return;
  const auto [app, run] = chance_.of(open);
  if (chance_.one_in(3)) return steer(app, run, steering::cancel);
  steer(app, run, steering::pause);
  later(chance_.time(1s, 20s), [this, app, run] { steer(app, run, steering::resume); });
}

void world::disturb() {
  ++happened_;
  const std::size_t n = chance_.below(seats_.size());
  const bool there = seats_[n].process && !seats_[n].process->draining();
  switch (chance_.below(16)) {
    case 0:
    case 1:
      if (there) kill(n);
      break;
    case 2:
      if (there && !seats_[n].process->frozen()) freeze(n);
      break;
    case 3:
      if (there) drain(n);
      break;
    case 4:
    case 5:
      spoil_gateway();
      break;
    case 6:
      spoil_store(chance_.one_in(2));
      break;
    case 7:
      if (there) step_clock(n);
      break;
    case 8:
    case 9:
      order_notification();
      break;
    case 10:
      steer_run();
      break;
    default:
      people_.do_something();
      break;
  }
}

void world::end_faults() {
  calm_ = true;
  calm_since_ = clock_.running();
  trace_.say("world", "nothing more happens");
  for (const auto& [app, runs] : store_.runs) {
    for (const auto& [id, head] : runs) {
      if (head.state == run_state::paused) steer(app, id, steering::resume);
    }
  }
  people_.weather().rates = {};
  for (const auto& [app, defaults] : apps_) {
    for (const platform p : {platform::ios, platform::android}) {
      gateways_.set_mood({app, p}, gateway_mood::fine);
    }
  }
  for (auto& s : seats_) {
    if (!s.process) continue;
    s.process->weather().rates = {};
    s.process->renew_credentials();
    s.process->set_clock_wrong_by(0ms);
  }
}

void world::each_tenth() {
  for (std::size_t n = 0; n < seats_.size(); ++n) {
    auto& process = seats_[n].process;
    if (!process || !process->draining() || !process->left()) continue;
    trace_.say(process->name(), "has left");
    process.reset();
    later(chance_.time(100ms, scenario_.lease), [this, n] { start(n); });
  }
  if (calm_) return;
  if (anything_open() && happened_ < scenario_.disturbances && chance_.one_in(6)) disturb();
  const bool all_happened = happened_ >= scenario_.disturbances;
  if ((all_happened && chance_.one_in(50)) || clock_.running() > longest / 2) end_faults();
}

void world::each_second() {
  for (const memory_shard& s : store_.shards) {
    if (const auto what = s.contradiction(); !what.empty()) judge_.wrong(what);
  }
  memory_run_book book(store_);
  for (const auto& [app, runs] : store_.runs) {
    for (const auto& [id, head] : runs) {
      if (head.done) continue;
      const auto r = testing::finish(book.find(app, id)).value();
      if (!r.count.balanced()) judge_.wrong(id + " is not balanced");
      if (r.state == run_state::done && r.count.pending > 0) judge_.wrong(id + " is done and owes");
    }
  }
}

// Where every worker waits for the wall clock, it is put forward to what comes next.
void world::skip_idle_time() {
  if (gateways_.under_way > 0 || people_.busy() || alive() < seats_.size()) return;
  std::optional<instant> next;
  for (const memory_shard& s : store_.shards) {
    if (s.leased()) return;
    if (const auto at = s.next()) next = next ? std::min(*next, *at) : *at;
  }
  for (const auto& [app, runs] : store_.runs) {
    for (const auto& [id, head] : runs) {
      if (head.opening) next = next ? std::min(*next, head.due) : head.due;
    }
  }
  const instant to = std::min(next.value_or(end_), end_) - 500ms;
  if (to - clock_.now() < 2s) return;
  clock_.skip(to - clock_.now());
  trace_.say("world", "time goes on");
}

void world::poll() {
  std::size_t steps = 0;
  for (bool any = true; any;) {
    if (++steps > most_steps) {
      judge_.wrong("it never waits");
      return;
    }
    any = people_.poll();
    for (auto& s : seats_) {
      if (s.process) any |= s.process->poll();
    }
    hear_last_words();
  }
}

bool world::over() const {
  if (clock_.now() < end_ || anything_open() || people_.busy()) return false;
  for (const auto& [app, runs] : store_.runs) {
    for (const auto& [id, head] : runs) {
      if (!head.done) return false;
    }
  }
  return true;
}

std::string world::what_is_left() const {
  std::string left = clock_.now() < end_ ? "its time has not come" : "";
  if (people_.busy()) left += ", people are busy";
  for (const memory_shard& s : store_.shards) {
    if (!s.idle()) left += ", a shard has open parts";
  }
  for (const auto& [app, runs] : store_.runs) {
    for (const auto& [id, head] : runs) {
      if (!head.done) left += ", " + id + " is not done";
    }
  }
  return left;
}

std::vector<std::string> world::play() {
  try {
    play_to_the_end();
  } catch (const std::exception& e) {
    judge_.wrong(fmt::format("it throws: {}", e.what()));
  }
  return judge_.wrong();
}

void world::play_to_the_end() {
  auto next_tenth = time_.now() + tenth;
  int tenths = 0;
  // An appointment of its own, so that there is always a next instant.
  std::function<void()> tick = [&] {
    each_tenth();
    if (++tenths % 10 == 0) each_second();
    if (tenths % 5 == 0) skip_idle_time();
    next_tenth += tenth;
    time_.call_at(next_tenth, tick);
  };
  time_.call_at(next_tenth, tick);
  do {
    poll();
    if (clock_.running() > longest) {
      judge_.wrong(fmt::format("it does not end: {}", what_is_left()));
      break;
    }
    time_.advance();
  } while (!over() && judge_.wrong().empty());
  each_second();
  for (auto& s : seats_) s.process.reset();
  if (judge_.wrong().empty()) {
    judge_.close(store_, gateways_);
    for (const auto& m : people_.missing()) judge_.wrong(m);
  }
}

}  // namespace paperboy::sim
