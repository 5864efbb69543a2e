#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "adapters/redis/embedded.hpp"
#include "adapters/redis/embedded_folder.hpp"
#include "adapters/redis/process.hpp"

namespace paperboy::redis {

// The state behind an embedded_server, which its watching coroutine shares.
class embedded_process : public std::enable_shared_from_this<embedded_process> {
 public:
  embedded_process(boost::asio::io_context& context, embedded_settings settings)
      : context_(context),
        settings_(std::move(settings)),
        folder_(settings_.folder, settings_.runtime_folder),
        watch_ended_(context, std::chrono::steady_clock::time_point::max()) {}

  task<result<void>> start();
  task<void> stop();
  void stop_and_block() noexcept;

  const std::string& problem() const noexcept { return problem_; }
  const embedded_folder& folder() const noexcept { return folder_; }
  pid_t pid() const noexcept { return server_.pid(); }
  std::uint64_t restarts() const noexcept { return restarts_; }

 private:
  using what = embedded_event::what;
  enum class readiness : std::uint8_t { answers, ended };

  task<result<void>> bring_up();
  task<result<void>> obtain(std::chrono::steady_clock::time_point end);
  result<void> spawn(descriptor lock);
  task<result<readiness>> wait_for_answer(std::chrono::steady_clock::time_point end);
  task<void> until_ended();
  task<void> pause(std::chrono::milliseconds time);
  task<void> watch();
  task<void> restart();
  void end_watch();

  error_code wrong(errc code, std::string problem) {
    problem_ = std::move(problem);
    return code;
  }
  void report(what happened, std::string text) {
    if (settings_.on_event) settings_.on_event({happened, pid(), std::move(text)});
  }

  boost::asio::io_context& context_;
  embedded_settings settings_;
  embedded_folder folder_;
  process server_;
  bool spawned_ = false;  // by us, not adopted
  std::string problem_;
  std::uint64_t restarts_ = 0;
  std::chrono::steady_clock::time_point up_since_;
  std::chrono::milliseconds next_wait_{settings_.restart_first};  // before a restart
  bool stopping_ = false;
  bool watching_ = false;
  boost::asio::cancellation_signal cancel_watch_;
  boost::asio::steady_timer watch_ended_;  // cancelled then
};

}  // namespace paperboy::redis
