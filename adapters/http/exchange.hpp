#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/service.hpp"

namespace paperboy::http {

// One request on its way through a connection. Reused from request to request.
struct exchange {
  head received;
  target wanted;
  address peer;
  address client;
  caller who;
  std::string id;
  const route* matched = nullptr;
  std::size_t route_number = 0;
  std::optional<minute_limit::state> registration;
  clock_time began{};
};

// Decides what a request is answered: from its head whether its body is read at all, and then by
// its handler. One for each listener and thread.
class dispatcher {
 public:
  // std::logic_error names the routes that have no handler.
  explicit dispatcher(const service& s);

  const http::service& service() const noexcept { return service_; }

  // Everything that can be said from the head: target, path, method, Expect, length, credential,
  // content type, in this order. None: read the body, then handle().
  std::optional<answer> admit(exchange& x);

  // Never throws but for the cancellation of the connection.
  task<answer> handle(exchange& x, std::string_view body);

  // Gives the exchange its X-Request-Id: the client's own if it is [A-Za-z0-9-]{1,64}, else a new
  // one. Without a head: a new one.
  void identify(exchange& x, bool has_head) const;

  // Counts what was answered. Without a matched route it counts as route "none".
  void count(const exchange& x, unsigned status, clock_time now);

 private:
  std::optional<answer> check_method(exchange& x);
  std::optional<answer> check_body(const exchange& x) const;
  std::optional<answer> check_content(const exchange& x) const;
  answer failed(const exchange& x, std::string_view what) const;

  struct route_numbers {
    histogram* seconds = nullptr;
    std::vector<std::pair<unsigned, counter*>> by_status;
  };

  const http::service service_;
  route_index index_;
  std::vector<const handler*> handlers_;  // by the route's number
  std::vector<route_numbers> numbers_;    // likewise; the last is for no route
};

}  // namespace paperboy::http
