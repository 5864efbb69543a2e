#include "adapters/simulators/simulate_gateways.hpp"

#include <sysexits.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/system/system_error.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <utility>

#include "adapters/simulators/gateway_simulator.hpp"
#include "adapters/simulators/simulator_directory.hpp"

namespace paperboy::simulators {
namespace {

gateway_options complete(gateway_options out, const simulate_options& options) {
  out.apns_port = options.apns_port;
  out.sandbox_port = options.sandbox_port;
  out.fcm_port = options.fcm_port;
  out.latency = options.latency;
  out.latency_jitter = options.latency_jitter;
  out.accept_any_authorization = options.accept_any_authorization;
  out.faults = options.faults;
  out.log_file = options.log_file;
  out.received_limit = 0;
  return out;
}

void run(const simulate_options& options) {
  const simulator_directory directory(options.directory);
  boost::asio::io_context io(1);
  gateway_simulator simulator(io, complete(directory.options(), options));
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&simulator](const boost::system::error_code&, int) { simulator.stop(); });
  const simulator_addresses at = simulator.addresses();
  directory.write(at, options.topic);
  std::printf("ready apns=%s sandbox=%s fcm=%s directory=%s\n", at.apns.c_str(), at.sandbox.c_str(),
              at.fcm.c_str(), directory.path().c_str());
  std::fflush(stdout);
  io.run();
}

}  // namespace

int run_simulate_gateways(const simulate_options& options) {
  try {
    run(options);
    return EX_OK;
  } catch (const boost::system::system_error& error) {
    std::fprintf(stderr, "paperboy: cannot listen: %s\n", error.code().message().c_str());
    return EX_UNAVAILABLE;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "paperboy: %s\n", error.what());
    return EX_CANTCREAT;
  }
}

}  // namespace paperboy::simulators
