#include "adapters/command_line/storage.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/io_context.hpp>
#include <cstdlib>

#include "adapters/command_line/exit_status.hpp"
#include "adapters/command_line/running_service.hpp"
#include "adapters/net/task_group.hpp"
#include "adapters/net/within.hpp"
#include "adapters/redis/client.hpp"
#include "adapters/redis/embedded.hpp"
#include "adapters/redis/installation.hpp"
#include "adapters/redis/server_check.hpp"
#include "adapters/redis/shard_guard.hpp"

namespace paperboy::command_line {
namespace {

constexpr std::chrono::seconds connect_limit{30};
// A request waits no longer than this for a connection that is away.
constexpr std::chrono::milliseconds absence_limit{200};
constexpr std::chrono::seconds ready_limit{1};

void say(const redis::embedded_event& e) {
  using what = redis::embedded_event::what;
  if (e.happened == what::died || e.happened == what::start_failed) {
    spdlog::error("{}", e.text);
  } else {
    spdlog::info("{}", e.text);
  }
}

void say(const redis::connection_event& e) {
  if (e.happened == redis::connection_event::what::connected) {
    spdlog::info("{}", e.text);
  } else {
    spdlog::warn("{}", e.text);
  }
}

std::string name_of(redis::key_place where) {
  if (where == redis::installation_notes) return "the installation's notes";
  return "shard " + std::to_string(where);
}

// Both lines stand for the whole process: what is found on one connection holds for all.
void say(redis::key_place where, bool lost) {
  if (lost) {
    spdlog::error(
        "SHARD_REGRESSED: {} lost data that it held before; nothing is sent from it and requests "
        "that touch it are answered with 503, until it is restored or the loss is accepted "
        "(paperboy accept-loss)",
        name_of(where));
  } else {
    spdlog::info("{} holds again what it held before", name_of(where));
  }
}

}  // namespace

storage::storage(boost::asio::io_context& loop, const redis_settings& settings)
    : loop_(loop), settings_(settings) {}

storage::~storage() = default;

task<void> storage::connect() {
  where_ = settings_.url;
  if (where_.kind == redis::transport_kind::embedded) {
    redis::embedded_settings s;
    s.folder = where_.path;
    if (const char* path = std::getenv("PATH")) s.search_path = path;
    s.on_event = [](const redis::embedded_event& e) { say(e); };
    server_ = std::make_unique<redis::embedded_server>(loop_, std::move(s));
    if (auto started = co_await server_->start(); !started) {
      throw start_error(exit_unavailable, server_->problem());
    }
    where_ = server_->where();
  }
  redis::client_settings s;
  s.where = where_;
  s.absence_limit = absence_limit;
  s.on_event = [this](const redis::connection_event& e) {
    say(e);
    look_.notify();
  };
  client_ = std::make_unique<redis::client>(loop_, std::move(s));
  if (auto connected = co_await client_->wait_until_connected(connect_limit); !connected) {
    throw start_error(exit_unavailable, "Redis: " + client_->last_failure());
  }
  if (!server_) {
    const auto checked = co_await redis::check_server(*client_);
    if (!checked.ok()) throw start_error(exit_unavailable, checked.problem);
    for (const auto& line : checked.recommendations) spdlog::warn("{}", line);
  }
}

redis::installation_settings storage::installation_settings() const {
  redis::installation_settings s;
  s.shards = settings_.shards;
  // Beside Redis's own files: what the data folder is known to hold.
  if (server_) s.witness = std::filesystem::path(settings_.url.path) / "installation";
  return s;
}

task<void> storage::open_installation() {
  auto opened = co_await redis::open_installation(*client_, installation_settings());
  if (!opened) {
    const int status = opened.error == errc::refused ? exit_configuration : exit_unavailable;
    throw start_error(status, opened.problem);
  }
  installation_ = std::make_unique<redis::installation>(std::move(opened.kept));
}

task<void> storage::open(metrics& numbers) {
  co_await connect();
  co_await open_installation();
  gauge& regressed = numbers.gauge("paperboy_shard_regressed",
                                   "Shards that do not hold what they held before");
  guard_ = std::make_shared<redis::shard_guard>(installation_->generations,
                                                [&regressed](redis::key_place where, bool lost) {
                                                  say(where, lost);
                                                  regressed.add(lost ? 1 : -1);
                                                });
  client_->watch_over(guard_);
  tasks_ = std::make_unique<net::task_group>(loop_, 1);
  numbers_.emplace(numbers, "api");
  tasks_->spawn("look after the shards", look_after_shards()).value();
}

// A loss is found by whoever meets it; this finds those that nobody meets, and those that are over.
task<void> storage::look_after_shards() {
  while (!closing_) {
    const auto checked = co_await redis::check_generations(*client_, *guard_);
    ++pulse_.turns;
    if (checked || checked.error() == errc::shard_regressed) ++pulse_.answers;
    numbers_->report(client_->statistics());
    co_await look_.wait_for(heartbeat_every);
  }
}

task<std::string> storage::problem() {
  const auto ping = [](redis::client& redis) -> task<result<void>> {
    const auto a = co_await redis.call("PING");
    if (!a) co_return a.error();
    co_return result<void>{};
  };
  const auto answered = co_await net::within(ready_limit, ping(*client_));
  if (!answered) co_return "Redis does not answer: " + answered.error().message();
  co_return guard_->problem();
}

task<void> storage::close() {
  closing_ = true;
  look_.notify();
  if (tasks_) co_await tasks_->join();
  if (client_) co_await client_->close();
  if (server_) co_await server_->stop();
}

}  // namespace paperboy::command_line
