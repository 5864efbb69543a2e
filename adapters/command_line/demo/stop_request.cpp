#include "adapters/command_line/demo/stop_request.hpp"

#include <signal.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

namespace paperboy::command_line::demo {

namespace asio = boost::asio;

struct stop_request::parts {
  asio::io_context loop{1};
  asio::signal_set signals{loop, SIGINT, SIGTERM, SIGHUP};
  bool requested = false;
};

stop_request::stop_request() : parts_(std::make_unique<parts>()) {
  parts_->signals.async_wait(
      [p = parts_.get()](const boost::system::error_code& failed, int) { p->requested = !failed; });
}

stop_request::~stop_request() = default;

void stop_request::wait(std::chrono::milliseconds time) {
  if (parts_->requested) throw interrupted{};
  // Returns early only when the signal came: nothing else is ever waited for on this loop.
  parts_->loop.run_for(time);
  if (parts_->requested) throw interrupted{};
}

}  // namespace paperboy::command_line::demo
