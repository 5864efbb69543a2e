#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/client.hpp"
#include "adapters/redis/reply_reader.hpp"
#include "adapters/redis/transport.hpp"
#include "adapters/redis/waiter.hpp"

namespace paperboy::redis {

// The one connection behind a client: two queues of waiters, one before the socket and one of those
// whose replies are still to come. A waiter that gives up leaves its place in the second, so that
// the replies of the others do not shift.
class connection final : public write_listener, public std::enable_shared_from_this<connection> {
 public:
  connection(boost::asio::io_context& context, client_settings settings);

  // Starts to connect, and stays connected, until stop().
  void start();

  // Sends `bytes`, which are answers.size() commands, and returns when each answer is there.
  task<void> execute(std::string_view bytes, std::span<answer> answers);
  task<result<void>> wait_until_connected(std::chrono::milliseconds limit);
  task<void> close();
  // Fails everything with error_kind::closed and ends the connection; the loop goes in its time.
  void stop() noexcept;

  bool connected() const noexcept { return up_; }
  const client_settings& settings() const noexcept { return settings_; }
  const std::string& last_failure() const noexcept { return last_failure_; }
  client_statistics& statistics() noexcept { return statistics_; }

 private:
  using clock = std::chrono::steady_clock;
  class watcher;

  struct expected {
    waiter* to;           // null: nobody waits for it any longer
    std::size_t replies;  // still to come
  };

  // The connection's life.
  task<void> run();
  task<bool> connect();
  task<void> open(std::string& why, error_kind& kind);
  task<void> read_until_lost();
  bool take_replies(std::string_view bytes);
  bool take_reply(reply r);
  task<void> pause(std::uint32_t attempt);
  void lose(error_kind kind, std::string why);
  void report(connection_event::what happened, error_kind kind, const std::string& text);

  // The two queues.
  error_kind refusal(std::size_t commands, std::size_t bytes) const noexcept;
  bool silent(clock::time_point now) const noexcept;
  void enqueue(waiter& w);
  void post_flush();
  void flush();
  void written(const std::shared_ptr<transport>& on, error_code failed) override;
  void forget(waiter& w, error_kind kind);
  void fail(waiter& w, error_kind kind);
  void changed() noexcept;

  // Limits: one timer for all.
  void arm(clock::time_point at);
  void tick();
  void expire_sent(clock::time_point now);
  void expire_unsent(clock::time_point now);
  void rearm();

  boost::asio::io_context& context_;
  client_settings settings_;
  client_statistics statistics_;
  std::string last_failure_ = "not connected yet";
  error_kind last_kind_ = error_kind::none;

  std::shared_ptr<transport> transport_;
  std::unique_ptr<reply_reader> replies_;
  bool up_ = false;
  bool closing_ = false;
  bool stopped_ = false;
  bool running_ = false;
  bool writing_ = false;
  bool flush_posted_ = false;
  bool retiring_ = false;  // on a server that became a replica: no more commands, then again
  clock::time_point down_since_;
  clock::time_point up_since_;
  clock::time_point heard_;  // the last byte, or when something was sent after silence

  std::deque<waiter*> unsent_;
  std::uint64_t unsent_base_ = 0;
  std::deque<expected> sent_;
  std::uint64_t sent_base_ = 0;

  boost::asio::steady_timer limit_timer_;
  clock::time_point armed_for_ = clock::time_point::max();
  boost::asio::cancellation_signal loop_;
  std::vector<boost::asio::steady_timer*> watchers_;  // woken when the state changes
  std::minstd_rand random_;
};

}  // namespace paperboy::redis
