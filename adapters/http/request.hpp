#pragma once

#include <optional>
#include <string_view>

#include "adapters/http/address.hpp"
#include "adapters/http/caller.hpp"
#include "adapters/http/head.hpp"
#include "adapters/http/target.hpp"

namespace paperboy::http {

struct route;

// A complete request, as handlers see it. Views into the connection's buffers: valid until the
// handler's task has ended.
class request {
 public:
  request(const head& h, const target& t, const route& matched, std::string_view body,
          std::string_view id, const address& client) noexcept
      : head_(h), target_(t), route_(matched), body_(body), id_(id), client_(client) {}

  http::method method() const noexcept { return head_.method; }
  const route& matched() const noexcept { return route_; }
  std::string_view body() const noexcept { return body_; }
  std::string_view id() const noexcept { return id_; }        // X-Request-Id
  const address& client() const noexcept { return client_; }  // trusted proxies looked through

  // A parameter of the route's path, decoded: `parameter("app")`. A `{topic...}` is the rest of the
  // path with its slashes. Empty if the path has none of that name.
  std::string_view parameter(std::string_view name) const;

  // A parameter of the query, decoded; none if it is not there. No name stands twice.
  std::optional<std::string_view> query(std::string_view name) const noexcept;

  // The first field of that name; empty if there is none.
  std::string_view header(std::string_view name) const noexcept { return head_.find(name); }
  std::size_t count_of(std::string_view name) const noexcept { return head_.count(name); }

 private:
  const head& head_;
  const target& target_;
  const route& route_;
  std::string_view body_;
  std::string_view id_;
  const address& client_;
  mutable std::string rest_;  // a joined `{topic...}`
};

// What the server knows beside the message.
struct context {
  const http::caller& caller;
};

}  // namespace paperboy::http
