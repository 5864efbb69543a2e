#include "tests/service/phone.hpp"

#include <fmt/format.h>

#include <atomic>
#include <boost/json/object.hpp>
#include <numeric>
#include <stdexcept>

#include "core/domain/text_time.hpp"
#include "core/wall_time.hpp"
#include "tests/service/eventually.hpp"

namespace paperboy::service {
namespace {

std::uint64_t number_of(const boost::json::value& object, std::string_view name) {
  return object.at({name.data(), name.size()}).to_number<std::uint64_t>();
}

run_view run_from(const boost::json::value& json) {
  run_view r;
  r.id = text_of(json, "run_id");
  r.state = text_of(json, "state");
  r.eligible = number_of(json, "eligible");
  r.accepted = number_of(json, "accepted");
  r.rejected = number_of(json, "rejected");
  r.expired = number_of(json, "expired");
  r.pending = number_of(json, "pending");
  r.retries = number_of(json, "retries");
  r.devices_removed = number_of(json, "devices_removed");
  for (const auto& reason : json.at("skipped").as_object()) {
    r.skipped[std::string{reason.key()}] = reason.value().to_number<std::uint64_t>();
  }
  return r;
}

}  // namespace

phone new_phone(platform system, std::string time_zone) {
  static std::atomic<std::uint64_t> made{0};
  const auto number = ++made;
  phone p;
  p.system = system;
  p.time_zone = std::move(time_zone);
  p.token = system == platform::ios
                ? fmt::format("{:064x}", 0xfeed0000'00000000U + number)
                : fmt::format("cTest_{:08}-service:APA91b{:032}", number, number);
  return p;
}

api_request registration_of(const phone& p, std::string_view previous_credential) {
  std::string body =
      fmt::format(R"({{"platform":"{}","token":"{}","locale":"en-GB","time_zone":"{}","topics":{})",
                  p.system == platform::ios ? "ios" : "android", p.token, p.time_zone, p.topics);
  if (!previous_credential.empty()) {
    body += fmt::format(R"(,"previous_credential":"{}")", previous_credential);
  }
  return {"POST", "/v1/devices", std::string{client_key}, body + '}'};
}

void take_registration(phone& p, const raw_answer& answer) {
  if (answer.status != 201) {
    throw std::runtime_error(
        fmt::format("registering answered {}: {}", answer.status, answer.body));
  }
  const auto json = parsed(answer.body);
  p.credential = text_of(json, "credential");
  p.device_id = text_of(json, "device_id");
  p.subscriber_id = text_of(json, "subscriber_id");
}

void enrol(newsroom& place, phone& p, std::string_view previous_credential) {
  take_registration(p, place.api().send(registration_of(p, previous_credential)));
}

unsigned status_of_credential(newsroom& place, const std::string& credential) {
  return place.api().send({"GET", "/v1/devices/self", credential}).status;
}

boost::json::value prefer(newsroom& place, const phone& p, const std::string& patch) {
  return place.api().ask(
      {"PATCH", "/v1/preferences", p.credential, patch, "application/merge-patch+json"}, 200);
}

std::string time_patch(const phone& p, instant slot) {
  const auto local = zone::named(p.time_zone).value().at(slot);
  return fmt::format(R"({{"digest":{{"time":"{}"}}}})",
                     format_time_of_day(std::chrono::floor<std::chrono::minutes>(local.time)));
}

instant slot_after(std::chrono::seconds lead) {
  return std::chrono::ceil<std::chrono::minutes>(now_wall() + lead);
}

bool run_view::balanced() const {
  const auto all_skipped =
      std::accumulate(skipped.begin(), skipped.end(), std::uint64_t{0},
                      [](std::uint64_t sum, const auto& one) { return sum + one.second; });
  return eligible == accepted + rejected + expired + all_skipped + pending;
}

std::string run_view::text() const {
  std::string all = fmt::format(
      "{} {}: eligible {} accepted {} rejected {} expired {} pending {} retries {} removed {}", id,
      state, eligible, accepted, rejected, expired, pending, retries, devices_removed);
  for (const auto& [reason, count] : skipped) all += fmt::format(" {} {}", reason, count);
  return all;
}

std::string post_notification(newsroom& place, const std::string& key, const std::string& body) {
  const auto answer = place.api().ask({"POST", fmt::format("{}/notifications", app_path()),
                                       std::string{api_key}, body, "application/json", key},
                                      202);
  return text_of(answer, "run_id");
}

std::string tell(newsroom& place, const std::string& key, const phone& whom) {
  return post_notification(
      place, key,
      fmt::format(R"({{"audience":{{"subscriber_ids":["{}"]}},"title":{{"en":"One"}}}})",
                  whom.subscriber_id));
}

run_view find_run(newsroom& place, const std::string& run) {
  return run_from(place.api().ask(
      {"GET", fmt::format("{}/runs/{}", app_path(), run), std::string{api_key}}, 200));
}

run_view run_in_state(newsroom& place, const std::string& run, std::string_view state,
                      std::chrono::seconds limit) {
  run_view seen;
  const bool there = eventually(limit, [&] {
    seen = find_run(place, run);
    return seen.state == state;
  });
  if (there) return seen;
  throw std::runtime_error(fmt::format("the run is not {}: {}; {}", state, seen.text(),
                                       place.state()));
}

bool run_watch::look() {
  const auto answer = place_.api().try_send(
      {"GET", fmt::format("{}/runs?kind=digest&limit=10", app_path()), std::string{api_key}});
  if (!answer || answer->status != 200) return false;
  const auto runs = parsed(answer->body);
  for (const auto& json : runs.at("runs").as_array()) {
    if (parse_instant(text_of(json, "due_at")) != slot_) continue;
    last_ = run_from(json);
    ++looks_;
    if (!last_.balanced() || (last_.state == "done") != (last_.pending == 0)) {
      wrong_.push_back(last_.text());
    }
    return last_.state == "done";
  }
  return false;
}

run_view run_watch::until_done(std::chrono::seconds limit) {
  const auto wait = std::chrono::ceil<std::chrono::seconds>(slot_ - now_wall()) + limit;
  if (!eventually(wait, [this] { return look(); })) {
    throw std::runtime_error("the run is not done: " + last_.text() + "; " + place_.state());
  }
  return last_;
}

std::string slot_report(newsroom& place, const phone& p, const std::string& run) {
  const auto json =
      place.api().ask({"GET", fmt::format("{}/subscribers/{}/digests", app_path(), p.subscriber_id),
                       std::string{api_key}},
                      200);
  for (const auto& slot : json.at("digests").as_array()) {
    if (text_of(slot, "run_id") != run) continue;
    const auto reason = text_of(slot, "reason");
    return text_of(slot, "state") + (reason.empty() ? "" : ", " + reason);
  }
  return {};
}

}  // namespace paperboy::service
