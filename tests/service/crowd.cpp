#include "tests/service/crowd.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "core/domain/text_time.hpp"
#include "core/wall_time.hpp"
#include "tests/service/eventually.hpp"

namespace paperboy::service {
namespace {

using namespace std::chrono_literals;

newsroom_settings settings_for(instant slot, const crowd_settings& with) {
  newsroom_settings s;
  s.redis = with.redis;
  s.workers = with.workers;
  s.apns_through_proxy = with.apns_through_proxy;
  s.delivery = fmt::format("spread = \"0s\"\nwindow = {}\n{}", with.window, with.delivery);
  s.digest_time =
      format_time_of_day(std::chrono::floor<std::chrono::minutes>(zone::utc().at(slot).time));
  s.gateway_latency = 50ms;
  return s;
}

}  // namespace

crowd::crowd(std::size_t devices, std::size_t window, std::string redis)
    : crowd(crowd_settings{.devices = devices, .window = window, .redis = std::move(redis)}) {}

crowd::crowd(const crowd_settings& settings)
    : with_(settings),
      slot_(slot_after(time_to_register(with_.devices))),
      place_(settings_for(slot_, with_)),
      watch_(place_, slot_) {
  const std::size_t devices = with_.devices;
  place_.start(with_.environment);
  place_.publish();
  std::vector<api_request> requests;
  for (std::size_t i = 0; i < devices; ++i) {
    phones_.push_back(new_phone(i % 2 == 0 ? platform::ios : platform::android));
    requests.push_back(registration_of(phones_.back()));
  }
  const auto began = now_wall();
  const auto answers = place_.api().send_all(requests);
  for (std::size_t i = 0; i < devices; ++i) take_registration(phones_[i], answers[i]);
  if (now_wall() >= slot_) {
    throw std::runtime_error(
        fmt::format("this machine is too slow for its slot: {} readers took {} s", devices,
                    std::chrono::ceil<std::chrono::seconds>(now_wall() - began).count()));
  }
}

void crowd::wait_until_taken(std::uint64_t pushes) {
  const auto limit = std::chrono::ceil<std::chrono::seconds>(slot_ - now_wall()) + with_.run_limit;
  if (!eventually(limit, [&] { return place_.taken() >= pushes; })) {
    throw std::runtime_error(
        fmt::format("{} pushes were taken; {}", place_.taken(), place_.state()));
  }
}

run_view crowd::look() {
  watch_.look();
  return watch_.last();
}

void crowd::finish(disturbed_run& into) {
  into.devices = phones_.size();
  into.run = watch_.until_done(with_.run_limit);
  into.wrong_looks = watch_.wrong();
  into.tally = tally_of(phones_, place_.pushes());
}

push_tally tally_of(const std::vector<phone>& phones,
                    const std::vector<simulators::received_push>& pushes) {
  std::unordered_map<std::string, const simulators::received_push*> first;
  for (const auto& p : phones) first.emplace(p.token, nullptr);
  push_tally count;
  for (const auto& push : pushes) {
    const auto found = first.find(push.token);
    if (found == first.end()) {
      ++count.strangers;
    } else if (!push.taken) {
      continue;
    } else if (found->second == nullptr) {
      found->second = &push;
      ++count.reached;
    } else {
      ++count.copies;
      const auto& before = *found->second;
      if (push.sounds || push.collapse_id != before.collapse_id || push.tag != before.tag) {
        count.visible.push_back(simulators::to_json_line(push));
      }
    }
  }
  count.lost = first.size() - count.reached;
  return count;
}

}  // namespace paperboy::service
