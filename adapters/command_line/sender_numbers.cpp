#include "adapters/command_line/sender_numbers.hpp"

#include <spdlog/spdlog.h>

namespace paperboy::command_line {
namespace {

constexpr std::chrono::seconds say_again_after{10};

std::string_view word(verdict v) {
  switch (v) {
    case verdict::accepted: return "accepted";
    case verdict::rejected: return "rejected";
    case verdict::forget_device: return "dead";
    case verdict::retry: return "retry";
    case verdict::resend_now: return "resent";
    case verdict::stop_credential: return "credential_refused";
  }
  return "rejected";
}

std::string_view gateway_of(platform p) { return p == platform::ios ? "apns" : "fcm"; }
std::string_view name_of(platform p) { return p == platform::ios ? "APNs" : "FCM"; }

}  // namespace

sender_numbers::sender_numbers(metrics& numbers)
    : numbers_(numbers),
      slots_(numbers.counter("paperboy_slots_settled_total",
                             "Slots of subscribers that were settled in a run")),
      leases_lost_(numbers.counter("paperboy_leases_lost_total",
                                   "Blocks that another worker had taken over at a commit")) {}

counter& sender_numbers::pushes(const std::string& app, platform p, const outcome& o) {
  auto& known = pushes_[{app, p, o.what, o.metric}];
  if (known == nullptr) {
    known = &numbers_.counter("paperboy_push_attempts_total",
                              "Attempts to hand a push to a gateway, by how they ended",
                              {{"app", app},
                               {"gateway", std::string(gateway_of(p))},
                               {"outcome", std::string(word(o.what))},
                               {"reason", std::string(o.metric)}});
  }
  return *known;
}

void sender_numbers::attempted(const std::string& app, platform p, const outcome& o) noexcept {
  pushes(app, p, o).add();
  if (o.what == verdict::stop_credential) {
    failed(p == platform::ios ? "sign in to APNs" : "sign in to FCM", errc::unauthorized);
  }
}

void sender_numbers::committed(std::size_t slots, bool lease_lost) noexcept {
  slots_.add(static_cast<double>(slots));
  if (lease_lost) leases_lost_.add();
}

void sender_numbers::set_aside(const std::string& app) noexcept {
  numbers_
      .counter("paperboy_dead_letters_total",
               "Subscribers of a run set aside because they stopped the walk again and again",
               {{"app", app}})
      .add();
  spdlog::error(
      "app {}: somebody was set aside, because serving them ended the worker again and again; "
      "GET /v1/apps/{}/runs/{{run_id}}/dead names them",
      app, app);
}

void sender_numbers::token_removed(const std::string& app) noexcept {
  numbers_
      .counter("paperboy_devices_removed_total", "Devices whose token a gateway declared dead",
               {{"app", app}})
      .add();
}

void sender_numbers::removals_stopped(const std::string& app, platform p, bool stopped) noexcept {
  numbers_
      .gauge("paperboy_removals_stopped",
             "Workers to which a gateway declares so many tokens dead that none is removed",
             {{"app", app}, {"gateway", std::string(gateway_of(p))}})
      .add(stopped ? 1 : -1);
  if (stopped) {
    spdlog::error(
        "app {}: {} declares more than a fifth of the tokens dead; none is removed until that ends. "
        "Check {}",
        app, name_of(p),
        p == platform::ios ? "the APNs topic and the environment of the devices"
                           : "the Firebase project");
  } else {
    spdlog::info("app {}: tokens that {} declares dead are removed again", app, name_of(p));
  }
}

void sender_numbers::circuit_changed(const std::string& app, platform p, circuit_cause cause,
                                     bool open, std::string_view reason) noexcept {
  const bool credential = cause == circuit_cause::credential;
  numbers_
      .gauge("paperboy_circuit_open",
             "Workers that send nothing of an app to a gateway, because it refuses the credential "
             "or fails",
             {{"app", app},
              {"gateway", std::string(gateway_of(p))},
              {"reason", credential ? "credential" : "server_errors"}})
      .add(open ? 1 : -1);
  if (!open) {
    spdlog::info("app {}: pushes go to {} again", app, name_of(p));
  } else if (credential) {
    spdlog::error(
        "app {}: {} refuses the credential ({}); nothing is sent to it and nobody is marked. {}, "
        "then send SIGHUP",
        app, name_of(p), reason,
        p == platform::ios ? "Check key_file, key_id, team_id and topic of [app.apns]"
                           : "Check the service account of [app.fcm] and its permission to send");
  } else {
    spdlog::error(
        "app {}: half of the last hundred answers of {} are server errors ({}); it is tried with "
        "one push after pauses of half a minute to five. Nothing is to be done here",
        app, name_of(p), reason);
  }
}

void sender_numbers::put_off(const std::string& app, platform p) noexcept {
  numbers_
      .counter("paperboy_retries_put_off_total",
               "Retries that would have been more than a tenth of the first attempts at a gateway "
               "that fails",
               {{"app", app}, {"gateway", std::string(gateway_of(p))}})
      .add();
}

void sender_numbers::failed(std::string_view doing, const error_code& why) noexcept {
  numbers_
      .counter("paperboy_sender_failures_total", "Steps of a sender that failed and are repeated",
               {{"step", std::string(doing)}})
      .add();
  auto& said = said_[std::string(doing) + ": " + why.message()];
  const auto now = std::chrono::steady_clock::now();
  ++said.second;
  if (said.first.time_since_epoch().count() != 0 && now - said.first < say_again_after) return;
  spdlog::warn("could not {}: {} ({} times)", doing, why.message(), said.second);
  said = {now, 0};
}

void sender_numbers::unknown_cohort(std::string_view cohort) noexcept {
  failed("compute the next digest of " + std::string(cohort), errc::invalid);
}

}  // namespace paperboy::command_line
