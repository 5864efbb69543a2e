#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/address.hpp"
#include "adapters/http/answer.hpp"
#include "adapters/http/authentication.hpp"
#include "adapters/http/limits.hpp"
#include "adapters/http/request.hpp"
#include "adapters/http/routes.hpp"
#include "core/ports/metrics.hpp"
#include "core/task.hpp"

namespace paperboy::http {

// Answers one request. Runs on the connection's thread. May throw boost::system::system_error with
// one of ours (problem_of() says what is answered); anything else is a bug and answers 500.
using handler = std::function<task<answer>(context&, const request&)>;

// The handlers by the names of their routes.
class handlers {
 public:
  // std::invalid_argument for a name that is no route's or that has a handler.
  void bind(std::string_view route_name, handler h);
  const handler* find(std::string_view route_name) const noexcept;
  // The names of routes on `listener` that have none.
  std::vector<std::string_view> missing(audience listener) const;

 private:
  std::map<std::string, handler, std::less<>> bound_;
};

// How long each part of an exchange may take, in all: not between two bytes (security of T14).
struct time_limits {
  std::chrono::milliseconds handshake{std::chrono::seconds(5)};
  std::chrono::milliseconds head{std::chrono::seconds(10)};
  std::chrono::milliseconds body{std::chrono::seconds(20)};  // and a second for each …
  std::size_t body_bytes_per_second = 500;                   // … so many that arrived, but at most
  std::chrono::milliseconds body_most{std::chrono::seconds(120)};
  std::chrono::milliseconds handling{std::chrono::seconds(30)};
  std::chrono::milliseconds write{std::chrono::seconds(20)};
  std::chrono::milliseconds idle{std::chrono::seconds(30)};
  std::chrono::milliseconds lingering{std::chrono::seconds(2)};
};

// What all connections of one listener share. Everything referred to outlives the listener.
struct service {
  audience served = audience::open;
  const handlers& bound;
  authentication& credentials;
  minute_limit& registrations;
  metrics& numbers;
  std::vector<address_range> trusted_proxies = {};
  time_limits limits = {};
  std::size_t requests_per_connection = 1000;
};

}  // namespace paperboy::http
