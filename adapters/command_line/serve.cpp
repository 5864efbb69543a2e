#include <fmt/format.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "adapters/command_line/check.hpp"
#include "adapters/command_line/exit_status.hpp"
#include "adapters/command_line/log.hpp"
#include "adapters/command_line/running_service.hpp"
#include "adapters/command_line/subcommands.hpp"
#include "adapters/command_line/watchdog.hpp"

namespace paperboy::command_line {
namespace {

namespace asio = boost::asio;

struct serve_options {
  std::filesystem::path config;
  std::string role = "both";
  std::uint32_t workers = 1;
};

// What stands still cannot be drained. Every write is on disk before it is answered, and leases run
// out: the service manager starts another that goes on.
[[noreturn]] void end_at_once(const std::string& why) {
  spdlog::critical("{}: ending, to be started again", why);
  spdlog::default_logger()->flush();
  std::_Exit(exit_software);
}

// Handles signals until one of them says to leave; one that came while starting counts.
void wait_for_the_end(asio::io_context& loop, asio::signal_set& signals, running_service& service,
                      const serve_options& options) {
  std::function<void()> next = [&] {
    signals.async_wait([&](const boost::system::error_code& failed, int number) {
      if (failed) return;
      if (number != SIGHUP) {
        spdlog::info("draining: nothing new is accepted, what is under way ends");
        loop.stop();
        return;
      }
      if (auto fresh = load_or_explain(options.config)) {
        service.reload(std::move(*fresh));
        spdlog::info("keys and certificates were read again");
      }
      next();
    });
  };
  next();
  asio::steady_timer looks(loop);
  std::function<void()> look = [&] {
    looks.expires_after(watchdog::look_every);
    looks.async_wait([&](const boost::system::error_code& failed) {
      if (failed) return;
      if (const auto line = service.stalled(); !line.empty()) end_at_once(line);
      look();
    });
  };
  look();
  loop.run();
}

int serve(const serve_options& options) {
  // Keys and tokens are in memory: no core file, no debugger of another user.
  ::prctl(PR_SET_DUMPABLE, 0);
  ::signal(SIGPIPE, SIG_IGN);
  auto settings = load_or_explain(options.config);
  if (!settings) return exit_configuration;
  if (options.workers > settings->delivery.window) {
    std::cerr << fmt::format(
                     "--workers {}: each worker needs a push of [delivery] window, which is {}; "
                     "start fewer workers or raise it",
                     options.workers, settings->delivery.window)
              << std::endl;
    return exit_configuration;
  }
  auto words = load_templates_or_explain(*settings);
  if (!words) return exit_configuration;
  set_up_log(settings->level);
  for (const auto& remark : remarks(*settings)) spdlog::warn("{}", remark);
  asio::io_context loop{1};
  asio::signal_set signals(loop, SIGTERM, SIGINT, SIGHUP);
  try {
    running_service service(std::move(*settings), std::move(*words),
                            {options.role != "sender", options.role != "api", options.workers});
    std::string addresses;
    if (!service.public_url().empty()) {
      addresses = fmt::format(" http={} operator={}", service.public_url(), service.operator_url());
    }
    std::cout << fmt::format("ready{} role={}", addresses, options.role) << std::endl;
    wait_for_the_end(loop, signals, service, options);
    service.stop();
    return exit_good;
  } catch (const start_error& e) {
    std::cerr << e.what() << std::endl;
    return e.status();
  }
}

}  // namespace

void add_serve(CLI::App& program, int& status) {
  auto* command = program.add_subcommand("serve", "Runs the service until SIGTERM");
  auto options = std::make_shared<serve_options>();
  add_config_option(*command, options->config);
  command
      ->add_option("--role", options->role, "api: only answers; sender: only sends; both: default")
      ->check(CLI::IsMember({"api", "sender", "both"}));
  command
      ->add_option("--workers", options->workers,
                   "Sending threads, each with connections of its own; 1 by default")
      ->check(CLI::Range(1U, most_workers));
  command->callback([options, &status] { status = serve(*options); });
}

}  // namespace paperboy::command_line
