#include "tests/service/morning.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iterator>
#include <regex>
#include <stdexcept>

#include "core/domain/text_time.hpp"
#include "core/wall_time.hpp"
#include "tests/service/eventually.hpp"

namespace paperboy::service {
namespace {

using namespace std::chrono_literals;
using simulators::gateway_name;

// From choosing a slot to the slot: every hour moved, every preview asked.
constexpr auto to_get_ready = 15s;
constexpr auto run_limit = 60s;

// The text of an object that is a member of `json`.
std::string raw_member(const std::string& json, const std::string& name) {
  const auto key = json.find('"' + name + "\":{");
  if (key == std::string::npos) return {};
  const auto from = key + name.size() + 3;
  int depth = 0;
  bool inside = false;
  for (auto i = from; i < json.size(); ++i) {
    if (inside) {
      if (json[i] == '\\')
        ++i;
      else if (json[i] == '"')
        inside = false;
    } else if (json[i] == '"') {
      inside = true;
    } else if (json[i] == '{') {
      ++depth;
    } else if (json[i] == '}' && --depth == 0) {
      return json.substr(from, i - from + 1);
    }
  }
  return {};
}

std::vector<std::string> ids_of(const boost::json::value& items) {
  std::vector<std::string> ids;
  for (const auto& item : items.as_array()) ids.push_back(text_of(item, "id"));
  return ids;
}

class player {
 public:
  morning play() {
    place_.start();
    place_.publish();
    enrol_readers();
    enrol_silent();
    enrol_returned();
    enrol_moved_token();
    enrol_dead();
    enrol_busy();
    enrol_second_slot();
    choose_hour();
    ask_previews();
    first_run();
    afterwards();
    second_run();
    return std::move(seen_);
  }

 private:
  phone& add(const std::string& role, platform system, std::string zone = "Asia/Baku",
             std::string topics = R"({"politics":"digest"})") {
    phone p = new_phone(system, std::move(zone));
    p.topics = std::move(topics);
    enrol(place_, p);
    return seen_.phones[role] = p;
  }

  void enrol_readers() {
    add("reader 1", platform::ios, "Asia/Baku");
    add("reader 2", platform::android, "Asia/Baku", R"({"politics":"both","sport":"digest"})");
    add("reader 3", platform::ios, "Asia/Kolkata", R"({"sport":"digest","culture":"digest"})");
    add("reader 4", platform::android, "Asia/Kolkata", R"({"culture":"digest"})");
    auto& follows_later = add("reader 5", platform::ios, "Asia/Kathmandu", "{}");
    for (const char* topic : {"politics", "sport", "culture"}) {
      place_.api().ask({"PUT", fmt::format("/v1/preferences/topics/{}", topic),
                        follows_later.credential, R"({"frequency":"digest"})"},
                       200);
    }
    add("reader 6", platform::android, "Asia/Kathmandu");
  }

  void enrol_silent() {
    const auto& deleted = add("deleted", platform::ios);
    place_.api().ask({"DELETE", "/v1/devices/self", deleted.credential}, 204);
    prefer(place_, add("opted out", platform::ios), R"({"digest":{"enabled":false}})");
    prefer(place_, add("topics off", platform::android), R"({"topics":{"politics":"off"}})");
    prefer(place_, add("paused", platform::ios),
           R"({"pause":{"first_day":"2020-01-01","last_day":"2099-12-31"}})");
    const auto& muted = add("muted", platform::android);
    place_.api().ask({"POST", "/v1/preferences/mute", muted.credential, R"({"for":"PT12H"})"}, 200);
  }

  void enrol_returned() {
    phone before = add("returned before", platform::ios);
    prefer(place_, before, R"({"digest":{"max_items":3},"topics":{"sport":"both"}})");
    seen_.returned_preferences_before = own_preferences(before);
    phone after = new_phone(platform::ios, before.time_zone);
    after.topics = "{}";
    enrol(place_, after, before.credential);
    seen_.phones["returned"] = after;
    seen_.returned_preferences = own_preferences(after);
  }

  std::string own_preferences(const phone& p) {
    const auto json = place_.api().ask({"GET", "/v1/preferences", p.credential}, 200);
    return boost::json::serialize(json.at("digest")) + boost::json::serialize(json.at("topics"));
  }

  void enrol_moved_token() {
    const phone former = add("former", platform::android);
    phone latter = new_phone(platform::android, "Asia/Baku");
    latter.token = former.token;
    enrol(place_, latter);
    seen_.phones["latter"] = latter;
  }

  void enrol_dead() {
    add("dead ios", platform::ios);
    add("dead android", platform::android);
    // An APNs timestamp counts from the second after the registration on.
    const auto since = std::chrono::system_clock::now() + 2s;
    for (const char* role : {"dead ios", "dead android"}) {
      place_.gateways().call([&](auto& g) { g.unregister(seen_.phones[role].token, since); });
    }
  }

  void enrol_busy() {
    for (const char* role : {"busy 1", "busy 2"}) {
      simulators::fault busy;
      busy.gateway = gateway_name::fcm;
      busy.token = add(role, platform::android).token;
      busy.times = 1;
      busy.status = 503;
      busy.reason = "UNAVAILABLE";
      busy.retry_after = "1";
      place_.gateways().call([&](auto& g) { g.add_fault(busy); });
    }
  }

  void enrol_second_slot() {
    // Where neither slot is near midnight, so that both are of one date.
    for (const char* zone_name : {"UTC", "Asia/Tokyo", "America/Lima"}) {
      const auto local = zone::named(zone_name).value().at(now_wall());
      const auto hour = std::chrono::floor<std::chrono::hours>(local.time);
      if (hour < 2h || hour > 21h) continue;
      add("mover", platform::android, zone_name);
      add("witness", platform::ios, zone_name);
      return;
    }
    throw std::runtime_error("no zone is far from midnight");
  }

  void choose_hour() {
    seen_.slot = slot_after(to_get_ready);
    for (const auto& [role, p] : seen_.phones) {
      if (role == "deleted" || role == "returned before" || role == "former") continue;
      if (role == "witness") continue;
      const auto json = prefer(place_, p, time_patch(p, seen_.slot));
      const auto& next = json.at("next_digest");
      const bool silent = role == "opted out" || role == "paused" || role == "muted";
      if (silent || (next.is_object() && text_of(next, "at") == format_instant(seen_.slot)))
        continue;
      throw std::runtime_error(role + " is not due at the slot: " + boost::json::serialize(json));
    }
  }

  void ask_previews() {
    for (const auto& [role, p] : seen_.phones) {
      if (!role.starts_with("reader")) continue;
      const auto answer = place_.api().send(
          {"POST", fmt::format("{}/digests/preview", app_path()), std::string{api_key},
           fmt::format(R"({{"subscriber_id":"{}","at":"{}"}})", p.subscriber_id,
                       format_instant(seen_.slot))});
      if (answer.status != 200) throw std::runtime_error("the preview answered " + answer.body);
      seen_.promised[role] = {raw_member(answer.body, "apns"), raw_member(answer.body, "fcm"),
                              ids_of(parsed(answer.body).at("items"))};
    }
    if (now_wall() >= seen_.slot) throw std::runtime_error("this machine is too slow for its slot");
  }

  void first_run() {
    run_watch watch(place_, seen_.slot);
    seen_.run = watch.until_done(run_limit);
    seen_.wrong_looks = watch.wrong();
    seen_.looks = watch.looks();
    seen_.pushes = place_.pushes();
    for (const auto& [role, p] : seen_.phones) {
      if (role != "deleted") seen_.reports[role] = slot_report(place_, p, seen_.run.id);
      if (role.starts_with("reader")) open_edition(role, p);
    }
  }

  void open_edition(const std::string& role, const phone& p) {
    static const std::regex id{R"re("(?:paperboy_)?edition":"([^"]+)")re"};
    const auto pushes = pushes_to(seen_.pushes, p.token);
    std::smatch found;
    if (pushes.empty() || !std::regex_search(pushes.front().payload, found, id)) return;
    const auto json =
        place_.api().ask({"GET", "/v1/editions/" + found[1].str(), p.credential}, 200);
    seen_.opened[role] = ids_of(json.at("items"));
  }

  void afterwards() {
    // Forgetting a token follows the answer that says it is dead; nothing waits for it.
    seen_.dead_were_forgotten = eventually(run_limit, [this] {
      return status_of_credential(place_, seen_.phones["dead ios"].credential) == 401 &&
             status_of_credential(place_, seen_.phones["dead android"].credential) == 401;
    });
    run_watch again(place_, seen_.slot);
    eventually(run_limit, [&] { return again.look() && again.last().devices_removed >= 2; });
    seen_.run = again.last();
    for (const auto& [role, p] : seen_.phones) {
      seen_.credential[role] = status_of_credential(place_, p.credential);
    }
    for (const char* role : {"dead ios", "dead android"}) {
      const phone& lost = seen_.phones[role];
      phone fresh = new_phone(lost.system, lost.time_zone);
      fresh.topics = "{}";
      enrol(place_, fresh, lost.credential);
      seen_.revived[role] = fresh.subscriber_id;
      const auto json = place_.api().ask({"GET", "/v1/preferences", fresh.credential}, 200);
      seen_.revived_frequency[role] = text_of(json.at("topics"), "politics");
    }
  }

  void second_run() {
    const auto slot = slot_after(5s);
    const phone& mover = seen_.phones["mover"];
    const auto moved = prefer(place_, mover, time_patch(mover, slot));
    seen_.mover_next_slot = text_of(moved.at("next_digest"), "slot");
    const auto date = zone::named(mover.time_zone).value().at(seen_.slot).date;
    seen_.mover_date = to_text(date);
    prefer(place_, seen_.phones["witness"], time_patch(seen_.phones["witness"], slot));
    run_watch watch(place_, slot);
    seen_.second_run = watch.until_done(run_limit);
    seen_.second_wrong_looks = watch.wrong();
    seen_.second_pushes = place_.pushes();
  }

  newsroom place_;
  morning seen_;
};

}  // namespace

std::vector<simulators::received_push> pushes_to(
    const std::vector<simulators::received_push>& pushes, const std::string& token) {
  std::vector<simulators::received_push> found;
  std::copy_if(pushes.begin(), pushes.end(), std::back_inserter(found),
               [&](const auto& p) { return p.token == token; });
  return found;
}

morning play_morning() {
  return player{}.play();
}

}  // namespace paperboy::service
