#include "adapters/command_line/storage.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/io_context.hpp>
#include <cstdlib>

#include "adapters/command_line/exit_status.hpp"
#include "adapters/command_line/running_service.hpp"
#include "adapters/redis/client.hpp"
#include "adapters/redis/embedded.hpp"
#include "adapters/redis/installation.hpp"
#include "adapters/redis/server_check.hpp"

namespace paperboy::command_line {
namespace {

constexpr std::chrono::seconds connect_limit{30};

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

}  // namespace

storage::storage(boost::asio::io_context& loop, const redis_settings& settings)
    : loop_(loop), settings_(settings) {}

storage::~storage() = default;

task<void> storage::open() {
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
  s.on_event = [](const redis::connection_event& e) { say(e); };
  client_ = std::make_unique<redis::client>(loop_, std::move(s));
  if (auto connected = co_await client_->wait_until_connected(connect_limit); !connected) {
    throw start_error(exit_unavailable, "Redis: " + client_->last_failure());
  }
  if (!server_) {
    const auto checked = co_await redis::check_server(*client_);
    if (!checked.ok()) throw start_error(exit_unavailable, checked.problem);
    for (const auto& line : checked.recommendations) spdlog::warn("{}", line);
  }
  co_await open_installation();
}

task<void> storage::open_installation() {
  redis::installation_settings s;
  s.shards = settings_.shards;
  // Beside Redis's own files: what the data folder is known to hold.
  if (server_) s.witness = std::filesystem::path(settings_.url.path) / "installation";
  auto opened = co_await redis::open_installation(*client_, std::move(s));
  if (!opened) {
    const int status = opened.error == errc::refused ? exit_configuration : exit_unavailable;
    throw start_error(status, opened.problem);
  }
  installation_ = std::make_unique<redis::installation>(std::move(opened.kept));
}

task<void> storage::close() {
  if (client_) co_await client_->close();
  if (server_) co_await server_->stop();
}

}  // namespace paperboy::command_line
