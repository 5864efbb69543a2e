#include "adapters/redis/embedded.hpp"

#include "adapters/redis/embedded_process.hpp"

namespace paperboy::redis {

embedded_server::embedded_server(boost::asio::io_context& context, embedded_settings settings)
    : process_(std::make_shared<embedded_process>(context, std::move(settings))) {}

embedded_server::~embedded_server() {
  process_->stop_and_block();
}

task<result<void>> embedded_server::start() {
  return process_->start();
}

task<void> embedded_server::stop() {
  return process_->stop();
}

const std::string& embedded_server::problem() const noexcept {
  return process_->problem();
}

url embedded_server::where() const {
  return unix_url(process_->folder().socket().string());
}

pid_t embedded_server::pid() const noexcept {
  return process_->pid();
}

std::uint64_t embedded_server::restarts() const noexcept {
  return process_->restarts();
}

}  // namespace paperboy::redis
