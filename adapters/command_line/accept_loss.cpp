#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <iostream>
#include <memory>

#include "adapters/command_line/exit_status.hpp"
#include "adapters/command_line/log.hpp"
#include "adapters/command_line/running_service.hpp"
#include "adapters/command_line/storage.hpp"
#include "adapters/command_line/subcommands.hpp"
#include "adapters/redis/client.hpp"
#include "adapters/redis/loss.hpp"
#include "adapters/redis/shard_guard.hpp"

namespace paperboy::command_line {
namespace {

namespace asio = boost::asio;

struct accept_loss_options {
  std::filesystem::path config;
  std::vector<std::uint32_t> shards;
  bool all = false;
};

std::string text_of(const redis::lost_shard& s) {
  const std::string left = fmt::format(
      "{} {} found in it", s.subscribers, s.subscribers == 1 ? "subscriber is" : "subscribers are");
  if (s.said.empty()) {
    return fmt::format("shard {}: it does not say that it was ever installed; {}", s.number, left);
  }
  if (s.known.empty()) {
    return fmt::format("shard {}: nothing says any more what it held; {}", s.number, left);
  }
  return fmt::format("shard {}: it is of another time (generation {} instead of {}); {}", s.number,
                     s.said, s.known, left);
}

void say_what_is_gone(const redis::loss& found, std::size_t shards) {
  if (found.notes) {
    std::cout << "lost: the installation's notes, and with them the secret of all device "
                 "credentials: every app gets 401 once and registers again\n";
  }
  for (const auto& s : found.shards) std::cout << "lost: " << text_of(s) << '\n';
  for (const auto& r : found.runs) {
    std::cout << fmt::format("not sent to its end: {} of {}, in {}\n", r.run, r.app,
                             redis::name_shards(r.shards));
  }
  if (!found.shards.empty()) {
    std::cout << fmt::format(
        "{} of {} shards: their subscribers, preferences and push tokens but for those found\n",
        found.shards.size(), shards);
  }
  std::cout << std::flush;
}

[[noreturn]] void refuse(int status, const std::string& why) { throw start_error(status, why); }

std::vector<std::uint32_t> all_of(const redis::loss& found) {
  std::vector<std::uint32_t> shards;
  for (const auto& s : found.shards) shards.push_back(s.number);
  return shards;
}

// The shards to accept, of those that are lost.
std::vector<std::uint32_t> chosen(const accept_loss_options& o, const redis::loss& found) {
  const auto lost = all_of(found);
  if (o.all) return lost;
  if (o.shards.empty()) {
    refuse(exit_usage,
           "nothing was changed: to accept this say --all, or --shard N for each of them");
  }
  if (found.notes) {
    refuse(exit_usage,
           "nothing was changed: where the notes are lost, the loss can only be accepted as a "
           "whole: say --all");
  }
  for (const std::uint32_t s : o.shards) {
    if (std::find(lost.begin(), lost.end(), s) == lost.end()) {
      refuse(exit_usage, fmt::format("nothing was changed: shard {} is not lost", s));
    }
  }
  return o.shards;
}

task<void> refuse_while_somebody_serves(redis::client& client) {
  const auto others = co_await redis::other_paperboys(client);
  if (!others) {
    std::cerr << "Redis does not say who is connected to it: make sure that no Paperboy is\n";
  } else if (*others > 0) {
    refuse(exit_unavailable,
           fmt::format("a Paperboy works on this Redis ({} connection{}): stop it first", *others,
                       *others == 1 ? "" : "s"));
  }
}

task<void> accept(storage& store, const configuration& c, const accept_loss_options& o) {
  co_await refuse_while_somebody_serves(store.client());
  std::vector<std::string> apps;
  for (const auto& app : c.apps) apps.push_back(app.id);
  const auto found =
      co_await redis::survey_loss(store.client(), store.installation_settings(), std::move(apps));
  if (found.error) {
    refuse(found.error == errc::refused ? exit_configuration : exit_unavailable, found.problem);
  }
  if (!found.anything()) {
    refuse(exit_usage, "nothing is lost: there is nothing to accept, and nothing was changed");
  }
  say_what_is_gone(found, c.redis.shards);
  const auto shards = chosen(o, found);
  const auto opened = co_await redis::accept_loss(store.client(), store.installation_settings(),
                                                  found, shards);
  if (opened) {
    std::cout << "accepted: Paperboy can be started" << std::endl;
  } else if (opened.error == errc::shard_regressed && !opened.lost.empty()) {
    std::cout << fmt::format("accepted: {}; {} left", redis::name_shards(shards),
                             redis::name_shards(opened.lost))
              << std::endl;
  } else {
    refuse(exit_unavailable, opened.problem);
  }
}

task<void> connect_and_accept(storage& store, const configuration& c,
                              const accept_loss_options& o) {
  std::exception_ptr failed;
  try {
    co_await store.connect();
    co_await accept(store, c, o);
  } catch (const start_error&) {
    failed = std::current_exception();
  }
  co_await store.close();
  if (failed) std::rethrow_exception(failed);
}

int accept_loss(const accept_loss_options& o) {
  const auto c = load_or_explain(o.config);
  if (!c) return exit_configuration;
  set_up_log(log_level::warning);
  asio::io_context loop{1};
  storage store(loop, c->redis);
  try {
    auto ended = asio::co_spawn(loop, connect_and_accept(store, *c, o), asio::use_future);
    loop.run();
    ended.get();
    return exit_good;
  } catch (const start_error& e) {
    std::cerr << e.what() << std::endl;
    return e.status();
  }
}

}  // namespace

void add_accept_loss(CLI::App& program, int& status) {
  auto* sub = program.add_subcommand("accept-loss",
                                     "Accepts that Redis lost data, so that Paperboy starts again");
  sub->footer(
      "For when Paperboy refuses to start because Redis lost data, and there is nothing to restore\n"
      "it from. Says what is gone, and changes nothing until it is told --all or --shard. What is\n"
      "left stays as it is; whoever was in a lost shard registers again. Exit status 64 if nothing\n"
      "is lost, 69 while a Paperboy runs.");
  auto options = std::make_shared<accept_loss_options>();
  add_config_option(*sub, options->config);
  auto* all = sub->add_flag("--all", options->all, "Accepts all that is lost");
  sub->add_option("--shard", options->shards, "Accepts this one; may be repeated")
      ->delimiter(',')
      ->type_name("N")
      ->excludes(all);
  sub->callback([options, &status] { status = accept_loss(*options); });
}

}  // namespace paperboy::command_line
