#include "tests/core/fakes/fake_roster.hpp"

#include <algorithm>

namespace paperboy::testing {
namespace {

std::string token_key(const std::string& app, const device& d) {
  return app + '/' + (d.platform == platform::ios ? 'i' : 'a') +
         (d.gateway_environment == environment::sandbox ? 's' : 'p') + '/' + d.token;
}

}  // namespace

bool fake_roster::outrun(const stored_subscriber& before) {
  if (conflicts > 0) {
    --conflicts;
    return true;
  }
  const auto there = people.find(before.value.id);
  return there == people.end() || there->second.record != before.record;
}

stored_subscriber& fake_roster::put(subscriber s, const digest_defaults& defaults) {
  stored_subscriber& there = people[s.id];
  there.place.cohort = s.home(defaults);
  there.record = std::to_string(++record_);
  there.value = std::move(s);
  ++writes;
  return there;
}

void fake_roster::take_token(const std::string& app, const device& d, device_id owner,
                             std::chrono::sys_seconds now) {
  const auto key = token_key(app, d);
  const auto had = tokens.find(key);
  if (had != tokens.end() && had->second != owner) {
    stored_subscriber& loser = people.at(had->second.subscriber);
    device* lost = loser.value.find_device(had->second.number);
    lost->state = device_state::moved;
    lost->lost_at = now;
    lost->token.clear();
    loser.record = std::to_string(++record_);
  }
  tokens[key] = owner;
}

task<result<enrolled>> fake_roster::enrol(const enrolment& asked) {
  if (failure) co_return failure;
  if (conflicts > 0) {
    --conflicts;
    co_return make_error_code(errc::conflict);
  }
  enrolment e = asked;
  e.device.generation = ++generation_;
  e.device.state = device_state::live;
  subscriber s;
  bool known = false;
  if (e.previous) {
    const auto at = people.find(e.previous->subscriber);
    const device* d =
        at == people.end() ? nullptr : at->second.value.find_device(e.previous->number);
    known = d != nullptr && at->second.value.app == e.app &&
            d->generation == e.previous_generation &&
            (d->live() || e.now - d->lost_at <= lost_device_kept);
    if (known) {
      s = at->second.value;
      std::erase_if(tokens, [&](const auto& t) { return t.second == *e.previous; });
      e.device.number = e.previous->number;
      *s.find_device(e.previous->number) = e.device;
    }
  }
  if (!known) {
    s.id.bytes[0] = ++next_;
    s.id.bytes[15] = next_;
    s.app = e.app;
    s.wishes = e.wishes;
    s.devices = {e.device};
  }
  take_token(e.app, e.device, {s.id, e.device.number}, e.now);
  const auto& stored = put(std::move(s), e.defaults);
  co_return enrolled{stored, e.device.number, !known};
}

task<result<stored_subscriber>> fake_roster::find(const std::string& app, subscriber_id id) {
  ++finds;
  if (failure) co_return failure;
  const auto there = people.find(id);
  if (there == people.end() || (!app.empty() && there->second.value.app != app)) {
    co_return make_error_code(errc::not_found);
  }
  co_return there->second;
}

task<result<stored_subscriber>> fake_roster::change(const stored_subscriber& before,
                                                    subscriber after,
                                                    const digest_defaults& defaults) {
  if (failure) co_return failure;
  if (outrun(before)) co_return make_error_code(errc::conflict);
  std::erase_if(tokens, [&](const auto& t) { return t.second.subscriber == after.id; });
  for (const device& d : after.devices) {
    if (d.live()) take_token(after.app, d, {after.id, d.number}, d.registered_at);
  }
  co_return put(std::move(after), defaults);
}

task<result<void>> fake_roster::erase(const stored_subscriber& before, const digest_defaults&) {
  if (failure) co_return failure;
  if (outrun(before)) co_return make_error_code(errc::conflict);
  std::erase_if(tokens, [&](const auto& t) { return t.second.subscriber == before.value.id; });
  people.erase(before.value.id);
  ++writes;
  co_return result<void>{};
}

}  // namespace paperboy::testing
