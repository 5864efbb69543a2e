#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <chrono>
#include <memory>
#include <optional>
#include <variant>

#include "adapters/command_line/document.hpp"
#include "adapters/command_line/subcommands.hpp"
#include "adapters/simulators/simulate_gateways.hpp"

namespace paperboy::command_line {
namespace {

constexpr std::int64_t longest_latency_ms = 600'000;

struct simulate_arguments {
  simulators::simulate_options options;
  std::string latency = "0ms";
  std::string latency_jitter = "0ms";
  std::vector<std::string> faults;
};

std::chrono::milliseconds need_latency(std::string_view option, std::string_view text) {
  std::int64_t count = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
  const std::int64_t factor = unit == "ms" ? 1 : unit == "s" ? 1'000 : 0;
  if (error != std::errc{} || factor == 0 || count < 0 || count > longest_latency_ms / factor) {
    throw CLI::ValidationError(
        std::string{option},
        fmt::format("{} is not a time from 0ms to 600s, for example 50ms", in_quotes(text)));
  }
  return std::chrono::milliseconds{count * factor};
}

int simulate(simulate_arguments& a) {
  a.options.latency = need_latency("--latency", a.latency);
  a.options.latency_jitter = need_latency("--latency-jitter", a.latency_jitter);
  for (const std::string& text : a.faults) {
    auto parsed = simulators::parse_fault(text);
    if (const auto* problem = std::get_if<std::string>(&parsed)) {
      throw CLI::ValidationError("--fault", fmt::format("{}: {}", in_quotes(text), *problem));
    }
    a.options.faults.push_back(std::get<simulators::fault>(std::move(parsed)));
  }
  return simulators::run_simulate_gateways(a.options);
}

}  // namespace

void add_simulate_gateways(CLI::App& program, int& status) {
  auto* sub = program.add_subcommand("simulate-gateways",
                                     "APNs, FCM and OAuth on this machine, with faults on request");
  sub->footer(
      "Validates as the real gateways do. Writes the keys and certificates to use, and the tables\n"
      "for the configuration, into the directory; prints a line beginning with ready; runs until\n"
      "SIGTERM. A fault is an action and its conditions between commas:\n\n"
      "  --fault Unregistered,token=00fc*        an APNs reason or FCM error, for some tokens\n"
      "  --fault 503,retry-after=30,every=10     a status of its own\n"
      "  --fault reset=REFUSED_STREAM,chance=0.01\n"
      "  --fault goaway=NO_ERROR,last=before,every=1000\n"
      "  --fault delay=2s,gateway=fcm            the usual answer, late\n"
      "  --fault swallow,times=1                 no answer; also half, close, freeze\n"
      "  --fault streams=1                       another limit of concurrent streams\n\n"
      "Conditions: gateway=apns|sandbox|fcm|oauth, token=T or T*, every=N, at=N, chance=P, "
      "times=N.");
  auto a = std::make_shared<simulate_arguments>();
  sub->add_option("--apns-port", a->options.apns_port, "Production APNs; 0 takes a free port")
      ->capture_default_str();
  sub->add_option("--sandbox-port", a->options.sandbox_port, "Sandbox APNs")->capture_default_str();
  sub->add_option("--fcm-port", a->options.fcm_port, "FCM and the token endpoint")
      ->capture_default_str();
  sub->add_option("--directory", a->options.directory, "Where keys and certificates are written")
      ->capture_default_str();
  sub->add_option("--topic", a->options.topic, "The app's bundle identifier")
      ->capture_default_str();
  sub->add_option("--latency", a->latency, "Of each answer")->capture_default_str();
  sub->add_option("--latency-jitter", a->latency_jitter, "Added to it, evenly from nothing to this")
      ->capture_default_str();
  sub->add_option("--fault", a->faults, "Something that goes wrong; may be given again")
      ->type_name("SPEC")
      ->allow_extra_args(false);
  sub->add_option("--log", a->options.log_file, "A line of JSON for each push, appended")
      ->type_name("FILE");
  sub->callback([a, &status] { status = simulate(*a); });
}

}  // namespace paperboy::command_line
