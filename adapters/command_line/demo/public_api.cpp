#include "adapters/command_line/demo/public_api.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <numeric>

#include "adapters/command_line/demo/installation.hpp"
#include "core/domain/slot.hpp"
#include "core/domain/text_time.hpp"

namespace paperboy::command_line::demo {
namespace {

namespace json = boost::json;

constexpr std::size_t batch_lines = 100;  // a line of 64 KiB each stays below the API's 8 MiB
constexpr std::size_t most_runs = 20;

json::string_view view(std::string_view text) {
  return {text.data(), text.size()};
}

// Members of our own API's answers: one that is not there is a fault of ours.
const json::value& member(const json::value& of, std::string_view name) {
  const auto* object = of.if_object();
  const auto* found = object == nullptr ? nullptr : object->if_contains(view(name));
  if (found == nullptr) throw demo_error(fmt::format("an answer of the API has no `{}`", name));
  return *found;
}

std::string text_of(const json::value& of, std::string_view name) {
  const auto* object = of.if_object();
  const auto* found = object == nullptr ? nullptr : object->if_contains(view(name));
  return found == nullptr || !found->is_string() ? std::string{} : std::string{found->get_string()};
}

std::uint64_t number_of(const json::value& of, std::string_view name) {
  return member(of, name).to_number<std::uint64_t>();
}

const json::array& list_of(const json::value& of, std::string_view name) {
  return member(of, name).as_array();
}

// "item 3, anewz-3: what is wrong"
std::string refusal(std::size_t number, const json::value& result) {
  std::string text = fmt::format("item {}", number);
  if (const auto id = text_of(result, "id"); !id.empty()) text += ", " + id;
  const auto* errors = result.get_object().if_contains("errors");
  if (errors != nullptr && errors->is_array() && !errors->get_array().empty()) {
    const auto& first = errors->get_array().front();
    return text + ": " + text_of(first, "pointer") + " " + text_of(first, "detail");
  }
  return text + ": " + text_of(result, "detail");
}

// Today in the phone's zone and a week from it.
json::object holiday(const zone& z, instant at) {
  const auto today = z.at(at).date;
  return {{"first_day", to_text(today)}, {"last_day", to_text(today.plus(7))}};
}

run_numbers run_from(const json::value& v) {
  run_numbers run;
  run.id = text_of(v, "run_id");
  run.state = text_of(v, "state");
  run.eligible = number_of(v, "eligible");
  run.accepted = number_of(v, "accepted");
  run.rejected = number_of(v, "rejected");
  run.expired = number_of(v, "expired");
  for (const auto& [reason, count] : member(v, "skipped").as_object()) {
    run.skipped[std::string{reason}] = count.to_number<std::uint64_t>();
  }
  run.pending = number_of(v, "pending");
  run.devices_removed = number_of(v, "devices_removed");
  return run;
}

zone zone_of(const demo_phone& phone) {
  const auto z = zone::named(phone.time_zone);
  if (!z) throw demo_error("the system's tzdata has no zone " + phone.time_zone);
  return *z;
}

// Whether that minute of the zone's day falls due then.
bool falls_due(const zone& z, instant at) {
  const auto local = z.at(at);
  return z.first(local.date, std::chrono::floor<std::chrono::minutes>(local.time)) == at;
}

}  // namespace

std::uint64_t run_numbers::all_skipped() const noexcept {
  return std::accumulate(skipped.begin(), skipped.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& one) { return sum + one.second; });
}

bool run_numbers::balanced() const noexcept {
  return eligible == accepted + rejected + expired + all_skipped() + pending;
}

public_api::public_api(std::string_view url, std::string api_key, std::string client_key)
    : client_(url), api_key_(std::move(api_key)), client_key_(std::move(client_key)) {}

std::string public_api::app_path(std::string_view rest) const {
  return fmt::format("/v1/apps/{}/{}", app_id, rest);
}

void public_api::put_topic(std::string_view key, std::string_view names) const {
  client_.ask({"PUT", app_path(fmt::format("topics/{}", key)), api_key_,
               fmt::format(R"({{"names":{},"default":"off"}})", names), json_type},
              201, 200);
}

publication public_api::publish(const std::vector<std::string>& lines) const {
  publication done;
  for (std::size_t from = 0; from < lines.size(); from += batch_lines) {
    std::string body;
    const std::size_t to = std::min(from + batch_lines, lines.size());
    for (std::size_t i = from; i < to; ++i) body += lines[i] + '\n';
    const auto answer = client_.ask({"POST", app_path("items"), api_key_, body, ndjson_type}, 200);
    std::size_t at = 0;
    for (std::size_t number = from + 1; at < answer.size(); ++number) {
      const auto end = std::min(answer.find('\n', at), answer.size());
      const auto result = json::parse(view(std::string_view{answer}.substr(at, end - at)));
      at = end + 1;
      if (number_of(result, "status") < 300) {
        ++done.taken;
      } else {
        done.refused.push_back(refusal(number, result));
      }
    }
  }
  return done;
}

void public_api::preview(demo_phone& phone, instant at) const {
  const json::object asked{{"subscriber_id", phone.subscriber_id}, {"at", format_instant(at)}};
  const auto answer = json::parse(client_.ask(
      {"POST", app_path("digests/preview"), api_key_, json::serialize(asked), json_type}, 200));
  const auto& payload = member(answer, phone.owner->system == platform::ios ? "apns" : "fcm");
  phone.promised = payload.is_null() ? std::string{} : json::serialize(payload);
  phone.reason = text_of(answer, "reason");
}

std::optional<run_numbers> public_api::digest_run(instant at) const {
  const auto answer = json::parse(client_.ask(
      {"GET", app_path(fmt::format("runs?kind=digest&limit={}", most_runs)), api_key_}, 200));
  for (const auto& run : list_of(answer, "runs")) {
    if (parse_instant(text_of(run, "due_at")) == at) return run_from(run);
  }
  return std::nullopt;
}

std::string public_api::slot_of(const demo_phone& phone, std::string_view run) const {
  const auto answer = client_.send(
      {"GET", app_path(fmt::format("subscribers/{}/digests", phone.subscriber_id)), api_key_});
  if (answer.status == 404) return {};
  if (answer.status != 200) throw demo_error("GET …/digests answered " + answer.body);
  const auto digests = json::parse(answer.body);
  for (const auto& slot : list_of(digests, "digests")) {
    if (text_of(slot, "run_id") != run) continue;
    const auto reason = text_of(slot, "reason");
    return text_of(slot, "state") + (reason.empty() ? "" : ", " + reason);
  }
  return {};
}

void public_api::register_phone(demo_phone& phone) const {
  json::object topics;
  for (const auto& topic : phone.topics) topics[topic] = "digest";
  json::object device{
      {"platform", phone.owner->system == platform::ios ? "ios" : "android"},
      {"token", phone.push_token},
      {"locale", view(phone.owner->locale)},
      {"time_zone", phone.time_zone},
      {"app_version", "1.0"},
  };
  if (!topics.empty()) device["topics"] = std::move(topics);
  const auto answer = json::parse(
      client_.ask({"POST", "/v1/devices", client_key_, json::serialize(device), json_type}, 201));
  phone.device_id = text_of(answer, "device_id");
  phone.subscriber_id = text_of(answer, "subscriber_id");
  phone.credential = text_of(answer, "credential");
}

void public_api::move_digest(demo_phone& phone, instant at) const {
  json::object patch;
  if (!falls_due(zone_of(phone), at)) {
    phone.time_zone = "UTC";
    patch["time_zone"] = phone.time_zone;
  }
  const zone z = zone_of(phone);
  const auto time = std::chrono::floor<std::chrono::minutes>(z.at(at).time);
  json::object digest{{"time", format_time_of_day(time)}};
  if (phone.owner->max_items > 0) digest["max_items"] = phone.owner->max_items;
  patch["digest"] = std::move(digest);
  if (!phone.owner->reads.empty()) patch["locale"] = view(phone.owner->reads);
  if (phone.owner->before_the_slot == habit::on_holiday) patch["pause"] = holiday(z, at);
  const auto answer = json::parse(client_.ask(
      {"PATCH", "/v1/preferences", phone.credential, json::serialize(patch), merge_patch_type},
      200));
  if (phone.owner->before_the_slot == habit::on_holiday) return;
  const auto next = text_of(member(answer, "next_digest"), "at");
  if (parse_instant(next) != at) {
    throw demo_error(fmt::format("the digest of {} falls due at {}, not at {}", phone.owner->name,
                                 next, format_instant(at)));
  }
}

void public_api::forget(const demo_phone& phone) const {
  client_.ask({"DELETE", "/v1/devices/self", phone.credential}, 204);
}

bool public_api::knows(const demo_phone& phone) const {
  return client_.send({"GET", "/v1/devices/self", phone.credential}).status == 200;
}

std::vector<edition_item> public_api::edition(const demo_phone& phone, std::string_view id) const {
  const auto answer =
      json::parse(client_.ask({"GET", fmt::format("/v1/editions/{}", id), phone.credential}, 200));
  std::vector<edition_item> items;
  for (const auto& item : list_of(answer, "items")) {
    edition_item one{text_of(item, "title"), text_of(item, "teaser"), text_of(item, "url"), {}};
    for (const auto& topic : list_of(item, "topics")) {
      one.topics.emplace_back(topic.as_string());
    }
    items.push_back(std::move(one));
  }
  return items;
}

}  // namespace paperboy::command_line::demo
