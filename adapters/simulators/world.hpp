#pragma once

#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>

#include "adapters/simulators/access_tokens.hpp"
#include "adapters/simulators/fault.hpp"
#include "adapters/simulators/options.hpp"
#include "adapters/simulators/phones.hpp"

namespace paperboy::simulators {

// What all listeners of one simulator share. One thread.
struct world {
  explicit world(gateway_options o);

  gateway_options options;
  phone_book phones;
  fault_script faults;
  access_tokens tokens;
  std::mt19937_64 random;

  std::chrono::system_clock::time_point now() const {
    return options.now ? options.now() : std::chrono::system_clock::now();
  }
  std::chrono::milliseconds latency();

  // True when a push has to be written down in full: kept, logged or watched.
  bool watches() const noexcept;
  void record(received_push& push);
  void flush_log();

  // A fresh version 4 UUID; upper case, as the servers' own are.
  std::string make_uuid();

 private:
  struct close_file {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, close_file> log_;
  bool log_dirty_ = false;
};

// Applies what a fault says to an answer; what it leaves open stays as it is.
void apply_ending(const fault& f, answer& out);
std::string_view name_of(ending e) noexcept;

}  // namespace paperboy::simulators
