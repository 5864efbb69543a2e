#include "adapters/command_line/demo/morning.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <iostream>
#include <set>

#include "adapters/command_line/demo/http_client.hpp"
#include "adapters/command_line/demo/installation.hpp"
#include "adapters/command_line/demo/items.hpp"
#include "adapters/command_line/demo/phones.hpp"
#include "adapters/command_line/demo/public_api.hpp"
#include "adapters/command_line/demo/report.hpp"
#include "adapters/command_line/demo/screen.hpp"
#include "adapters/command_line/demo/stop_request.hpp"
#include "adapters/command_line/demo/verdict.hpp"
#include "adapters/command_line/document.hpp"
#include "adapters/command_line/exit_status.hpp"
#include "adapters/command_line/file_text.hpp"
#include "adapters/command_line/running_service.hpp"
#include "core/domain/text_time.hpp"
#include "core/wall_time.hpp"
#include "embedded/sample.hpp"

namespace paperboy::command_line::demo {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

constexpr std::size_t most_refusals_shown = 5;
constexpr auto to_get_ready =
    8s;  // at least, before a slot: moving every phone's hour, and the previews
constexpr auto run_limit = 30s;  // from the slot to the end of its run
constexpr auto poll_every = 100ms;

std::string_view sample(std::string_view name) {
  for (const auto& file : embedded::sample()) {
    if (file.name == name) return file.text;
  }
  return {};
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

std::string counted(std::size_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

// The steps, in their order; each says what it did.
class morning {
 public:
  morning(const demo_options& options, std::string_view items)
      : options_(options), items_(freshened(items, now_wall())) {
    if (items_.lines.empty()) throw demo_error("there are no items to publish");
    for (const auto& owner : phone_owners()) languages_.insert(language_read(owner));
  }

  int run() {
    const auto begun = std::chrono::steady_clock::now();
    start();
    publish();
    register_phones();
    choose_slot();
    uninstall_apps();
    wait_for_slot();
    const run_numbers run = finished_run();
    const auto pushes = place_->pushes();
    const evidence all{phones_, pushes, run};
    report told{out_, *api_, all, due_};
    told.tell();
    const bool good = told.check();
    const auto took = std::chrono::steady_clock::now() - begun;
    conclude(good, std::chrono::round<std::chrono::seconds>(took));
    return good ? int{exit_good} : exit_not_as_it_should_be;
  }

 private:
  bool is_sample() const { return options_.items.empty(); }

  // Whether everybody finds items in the language they read.
  bool in_every_language() const { return std::ranges::includes(items_.languages, languages_); }

  void start() {
    out_.heading("Paperboy demo: one digest slot of a newsroom, all of it on this machine");
    place_.emplace(installation_options{options_.keep, in_every_language()});
    api_.emplace(place_->public_url(), place_->api_key(), place_->client_key());
    out_.line("Folder", place_->folder().native() + " (keys, paperboy.toml, Redis)");
    out_.line("Simulated",
              fmt::format("APNs {}, FCM {}", place_->gateways().apns, place_->gateways().fcm));
    out_.line("Paperboy", fmt::format("public API {}, operator {}", place_->public_url(),
                                      place_->operator_url()));
    stop_.check();
  }

  void publish() {
    if (is_sample()) {
      const auto topics =
          json::parse({sample("topics.json").data(), sample("topics.json").size()}).as_object();
      items_.topics.clear();
      for (const auto& topic : topics) {
        api_->put_topic(std::string_view{topic.key()}, json::serialize(topic.value().at("names")));
        items_.topics.emplace_back(topic.key());
      }
    } else {
      for (const auto& key : items_.topics) {
        api_->put_topic(key, json::serialize(json::object{{"en", name_of_topic(key)}}));
      }
    }
    const auto done = api_->publish(items_.lines);
    out_.line("Newsroom",
              fmt::format("{} and {} published: {}", counted(items_.topics.size(), "topic"),
                          counted(done.taken, "item"), joined(items_.topics)));
    if (!is_sample() && items_.moved != 0ms) {
      out_.line("", fmt::format("{} shifted by {} so that they are today's",
                                counted(items_.lines.size(), "item"), span_text(items_.moved)));
    }
    for (std::size_t i = 0; i < std::min(done.refused.size(), most_refusals_shown); ++i) {
      out_.line("", "refused: " + done.refused[i]);
    }
    if (done.refused.size() > most_refusals_shown) {
      out_.line("", fmt::format("and {} more refused", done.refused.size() - most_refusals_shown));
    }
    if (done.taken == 0) throw demo_error("the API took none of the items");
    stop_.check();
  }

  void register_phones() {
    const auto begun = std::chrono::steady_clock::now();
    std::set<std::string_view> zones;
    std::size_t n = 0;
    for (const auto& owner : phone_owners()) {
      demo_phone phone;
      phone.owner = &owner;
      phone.topics = topics_followed(owner, n++, items_.topics, is_sample());
      phone.push_token = new_push_token(owner.system);
      phone.time_zone = owner.time_zone;
      api_->register_phone(phone);
      zones.insert(owner.time_zone);
      phones_.push_back(std::move(phone));
    }
    registering_ =
        std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
    registered_at_ = now_wall();
    const auto iphones = static_cast<std::size_t>(std::ranges::count_if(
        phones_, [](const auto& p) { return p.owner->system == platform::ios; }));
    out_.line("Phones",
              fmt::format("{} and {} registered, in {} time zones", counted(iphones, "iPhone"),
                          counted(phones_.size() - iphones, "Android"), zones.size()));
    stop_.check();
  }

  void choose_slot() {
    chosen_at_ = now_wall();
    // What follows is as much work as registering was; a slow disk is given time.
    const auto ready = std::max<std::chrono::milliseconds>(to_get_ready, 4 * registering_);
    due_ = std::chrono::ceil<std::chrono::minutes>(chosen_at_ + ready);
    for (auto& phone : phones_) {
      api_->move_digest(phone, due_);
      if (phone.owner->before_the_slot == habit::left) {
        api_->forget(phone);
        continue;
      }
      api_->preview(phone, due_);
    }
    const auto in = [this](std::string_view zone) {
      return clock_in(zone, due_) + " in " + std::string{zone};
    };
    out_.line("Slot",
              fmt::format("{} UTC: everybody asks for the digest at that minute of their own "
                          "clock, {}, {}, {}",
                          format_instant(due_).substr(11, 5), in("Asia/Baku"), in("Asia/Kathmandu"),
                          in("America/New_York")));
    out_.line("Previews", "POST digests/preview says what each phone is to get");
  }

  // Registrations are kept in whole seconds, and a token that was registered in the second of its end
  // stays.
  void uninstall_apps() {
    stop_.wait(std::max(registered_at_ + 1s - now_wall(), 0ms));
    for (const auto& phone : phones_) {
      if (phone.owner->before_the_slot == habit::uninstalled) place_->uninstall(phone.push_token);
    }
  }

  void wait_for_slot() {
    while (now_wall() < due_) {
      out_.waiting(due_, chosen_at_, now_wall());
      stop_.wait(std::min<std::chrono::milliseconds>(due_ - now_wall() + 1ms, 500ms));
    }
    out_.waited();
  }

  run_numbers finished_run() {
    std::string state = "not opened";
    while (now_wall() < due_ + run_limit) {
      if (auto run = api_->digest_run(due_)) {
        if (run->state == "done") return *run;
        state = fmt::format("{}, {} pending", run->state, run->pending);
      }
      stop_.wait(poll_every);
    }
    throw demo_error(fmt::format("after {} s the run of {} is not done: {}", run_limit.count(),
                                 format_instant(due_), state));
  }

  void conclude(bool good, std::chrono::seconds took) {
    const auto& p = out_.colour();
    out_.block(good ? fmt::format("\n{}All {} as they should be{}, in {} s.\n", p.good,
                                  phones_.size(), p.reset, took.count())
                    : fmt::format("\n{}Not as it should be{}: see above.\n", p.bad, p.reset));
    if (!options_.keep.empty()) out_.block(place_->how_to_go_on());
  }

  demo_options options_;
  fresh_items items_;
  std::set<std::string> languages_;  // that the owners read
  stop_request stop_;
  screen out_;
  std::optional<installation> place_;
  std::optional<public_api> api_;
  std::vector<demo_phone> phones_;
  std::chrono::milliseconds registering_{};
  instant registered_at_{};
  instant chosen_at_{};
  instant due_{};
};

}  // namespace

int run_demo(const demo_options& options) {
  ::signal(SIGPIPE, SIG_IGN);  // `paperboy demo | head` ends tidily too
  try {
    if (options.items.empty()) return morning{options, sample("items.ndjson")}.run();
    const auto items = file_text(options.items);
    if (!items) {
      std::cerr << "paperboy demo: cannot read " << in_quotes(options.items.native())
                << ", a file of at most 32 MiB" << std::endl;
      return exit_no_input;
    }
    return morning{options, *items}.run();
  } catch (const interrupted&) {
    std::cerr << "paperboy demo: stopped; everything is taken down again" << std::endl;
    return exit_interrupted;
  } catch (const start_error& e) {
    std::cerr << "paperboy demo: " << e.what() << std::endl;
    return e.status();
  } catch (const demo_error& e) {
    std::cerr << "paperboy demo: " << e.what() << std::endl;
    return exit_not_as_it_should_be;
  }
}

}  // namespace paperboy::command_line::demo
