#include "adapters/simulators/simulator_thread.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <thread>
#include <utility>

namespace paperboy::simulators {

struct simulator_thread::parts {
  explicit parts(gateway_options options)
      : simulator(std::make_unique<gateway_simulator>(io, std::move(options))),
        work(boost::asio::make_work_guard(io)),
        thread([this] { io.run(); }) {}

  boost::asio::io_context io{1};
  std::unique_ptr<gateway_simulator> simulator;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work;
  std::thread thread;
};

simulator_thread::simulator_thread(gateway_options options)
    : parts_(std::make_unique<parts>(std::move(options))) {}

simulator_thread::~simulator_thread() {
  boost::asio::post(parts_->io, [this] { parts_->simulator->stop(); });
  parts_->work.reset();
  parts_->thread.join();
}

void simulator_thread::run(const std::function<void(gateway_simulator&)>& f) {
  std::promise<void> done;
  boost::asio::post(parts_->io, [this, &f, &done] {
    try {
      f(*parts_->simulator);
      done.set_value();
    } catch (...) {
      done.set_exception(std::current_exception());
    }
  });
  done.get_future().get();
}

}  // namespace paperboy::simulators
