#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "adapters/command_line/configuration.hpp"
#include "adapters/redis/client.hpp"
#include "adapters/redis/embedded.hpp"
#include "adapters/redis/installation.hpp"
#include "adapters/redis/shard_guard.hpp"
#include "core/domain/outcome.hpp"
#include "core/task.hpp"
#include "tests/bench/gateways.hpp"

namespace paperboy::bench {

// What Redis did, from INFO.
struct redis_use {
  double cpu = 0;       // seconds
  double commands = 0;  // those that scripts run included
};

// What one run cost.
struct run_cost {
  double sender_cpu = 0;     // seconds of this process, which is the sender
  redis_use redis;
  double sent = 0;           // commands that the sender gave to Redis
  double first_push = 0;     // seconds from when it fell due until a push was marked
  double last_push = 0;      // … until the last one was
  double resident = 0;       // MiB of this process, the most that was seen
  double overtaken = 0;      // seconds, of digest_overtaken()
  std::uint64_t accepted = 0;
  std::uint64_t skipped = 0;
};

// An app with readers in 30 cohorts of 16 shards, all due at one instant, on a real redis-server with
// the embedded settings.
// Every second reader has an Android phone. Each follows five of 50 topics, in a thousand sets that
// repeat; 500 items are there to choose from. Beside them half of the readers want "dense" at once,
// and one in a hundred "rare".
class newsroom {
 public:
  newsroom(std::size_t devices, const gateways& ways);
  ~newsroom();
  newsroom(const newsroom&) = delete;
  newsroom& operator=(const newsroom&) = delete;

  // A digest of everybody at the next full minute. Gives up where somebody was not reached.
  run_cost digest(gateway_kind to, std::size_t window);
  // The same; when a fifth of it is sent, breaking news is asked for by those who want "rare" so:
  // run_cost::overtaken is the time until the first of its pushes was marked.
  run_cost digest_overtaken(gateway_kind to, std::size_t window);
  // Breaking news at once to those who want a topic so.
  run_cost breaking(gateway_kind to, std::size_t window, const std::string& topic);
  std::size_t devices() const noexcept { return devices_; }

 private:
  template <class T>
  T wait(task<T> what) {
    auto done = boost::asio::co_spawn(loop_, std::move(what), boost::asio::use_future);
    loop_.restart();
    while (done.wait_for(std::chrono::seconds{0}) != std::future_status::ready) loop_.run_one();
    return done.get();
  }

  task<void> prepare();
  task<void> publish();
  task<void> enrol_some(std::size_t& left);
  task<instant> set_due();
  task<redis_use> redis_used();
  task<std::string> enter(const std::string& topic);
  task<void> watch(const std::string& run, instant due,
                   const std::function<double()>& count_marked, run_cost& cost);
  task<double> overtake(const std::string& digest);
  // The cost of one run, which `begin` names and brings about once the worker is there.
  run_cost measure(gateway_kind to, std::size_t window,
                   const std::function<std::pair<std::string, instant>()>& begin,
                   bool overtaken = false);
  run_cost whole_digest(gateway_kind to, std::size_t window, bool overtaken);

  std::size_t devices_;
  const gateways& ways_;
  std::filesystem::path folder_;
  command_line::configuration settings_;
  redis::installation kept_;
  boost::asio::io_context loop_{1};
  std::unique_ptr<redis::embedded_server> server_;
  std::unique_ptr<redis::client> redis_;
  std::shared_ptr<redis::shard_guard> guard_;
  std::int32_t day_ = 20'000;
};

}  // namespace paperboy::bench
