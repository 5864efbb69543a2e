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
      "app {}: somebody was set aside, because serving them ended the worker three times; "
      "GET /v1/apps/{}/runs/{{run_id}}/dead names them",
      app, app);
}

void sender_numbers::token_removed(const std::string& app) noexcept {
  numbers_
      .counter("paperboy_devices_removed_total", "Devices whose token a gateway declared dead",
               {{"app", app}})
      .add();
}

void sender_numbers::removals_stopped(const std::string& app, bool stopped) noexcept {
  numbers_
      .gauge("paperboy_removals_stopped",
             "1 while so many tokens are declared dead that none is removed", {{"app", app}})
      .set(stopped ? 1 : 0);
  if (stopped) {
    spdlog::error(
        "app {}: more than a fifth of the answers declare tokens dead; none is removed until that "
        "ends. Check the APNs environment and topic, and the Firebase project",
        app);
  } else {
    spdlog::info("app {}: dead tokens are removed again", app);
  }
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
