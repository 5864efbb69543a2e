#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace paperboy::faults {

// Stands on loopback between a program and what it connects to, and spoils the connection on
// command. Has a thread of its own; every member may be called from every thread, and holds from
// the next bytes on.
class fault_proxy {
 public:
  enum class way : std::uint8_t { to_target, to_client };

  // A port on 127.0.0.1, or the path of a socket. Listens when this returns; throws
  // boost::system::system_error if it cannot.
  static std::unique_ptr<fault_proxy> to_port(std::uint16_t port);
  static std::unique_ptr<fault_proxy> to_socket(const std::string& path);
  ~fault_proxy();

  std::uint16_t port() const noexcept;

  // Each piece of that way waits so long before it goes on. Zero: not at all.
  void delay(way w, std::chrono::milliseconds time);
  // What comes is taken in and goes nowhere: a black hole. What was swallowed never comes.
  void swallow(way w, bool on);
  // Nothing is read any more, so that the sender's window closes.
  void stop_reading(way w, bool on);
  // At most so many bytes a second. Zero: no limit.
  void limit(way w, std::uint64_t bytes_a_second);
  // Takes connections and ends them at once.
  void refuse(bool on);
  // Ends every connection by a reset.
  void cut();

  std::uint64_t bytes(way w) const noexcept;     // that were passed on
  std::uint64_t swallowed(way w) const noexcept;
  std::size_t connections() const noexcept;      // open ones

 private:
  struct parts;
  explicit fault_proxy(std::unique_ptr<parts> p);
  std::unique_ptr<parts> parts_;
};

}  // namespace paperboy::faults
