#pragma once

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "adapters/apns/wire.hpp"
#include "adapters/simulators/credentials.hpp"

namespace paperboy::bench {

// Of the whole process, user and system.
inline double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

inline double resident_megabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

// nghttpd with an empty file for each device, so that it answers 200.
class gateway_process {
 public:
  static constexpr std::uint16_t port = 28443;

  explicit gateway_process(std::size_t devices)
      : directory_(std::filesystem::temp_directory_path() / "paperboy-bench-gateway") {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_ / "root/3/device");
    for (std::size_t i = 0; i < devices; ++i) {
      std::ofstream(directory_ / "root" / path(i).substr(1)).put('\n');
    }
    const auto identity = simulators::make_server_identity();
    write("ca.pem", identity.ca);
    const std::string certificate = write("certificate.pem", identity.certificate);
    const std::string key = write("key.pem", identity.private_key);
    const std::string root = (directory_ / "root").string();
    const std::string number = std::to_string(port);
    child_ = ::fork();
    if (child_ == 0) {
      ::execlp("nghttpd", "nghttpd", "-n1", "-w20", "-W24", "-m1000", "-d", root.c_str(),
               number.c_str(), key.c_str(), certificate.c_str(), nullptr);
      std::perror("nghttpd");
      std::_Exit(1);
    }
    wait_until_it_listens();
  }
  ~gateway_process() {
    ::kill(child_, SIGTERM);
    ::waitpid(child_, nullptr, 0);
    std::filesystem::remove_all(directory_);
  }
  gateway_process(const gateway_process&) = delete;
  gateway_process& operator=(const gateway_process&) = delete;

  static std::string token(std::size_t device) {
    std::string raw(32, '\x5a');
    for (std::size_t i = 0; i < 4; ++i) raw[i] = static_cast<char>(device >> (8 * i));
    return raw;
  }
  static std::string path(std::size_t device) {
    const std::string raw = token(device);
    std::string text(apns::path_size(raw), '\0');
    apns::write_path(raw, text.data());
    return text;
  }
  std::string ca_file() const { return (directory_ / "ca.pem").string(); }

 private:
  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(directory_ / name) << content;
    return (directory_ / name).string();
  }

  static void wait_until_it_listens() {
    for (int attempt = 0; attempt < 200; ++attempt) {
      boost::asio::io_context context;
      boost::asio::ip::tcp::socket socket(context);
      boost::system::error_code failed;
      socket.connect({boost::asio::ip::address_v4::loopback(), port}, failed);
      if (!failed) return;
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    std::fprintf(stderr, "nghttpd does not listen on port %u\n", port);
    std::exit(1);
  }

  std::filesystem::path directory_;
  pid_t child_ = 0;
};


}  // namespace paperboy::bench
