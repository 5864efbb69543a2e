#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "adapters/http/caller.hpp"
#include "adapters/http/head.hpp"

namespace paperboy::http {

// Who may call a route.
enum class role : std::uint8_t {
  nobody,  // open to everybody
  client_key,
  client_key_or_device,
  device,
  api_key,         // with the route's scope, for the app in its path
  operator_token,  // on the operator listener; no credential on loopback
};

enum class content : std::uint8_t { none, json, merge_patch, ndjson };

enum class audience : std::uint8_t { open, operators, both };  // on which listener it is served

struct route {
  std::string_view name;  // OpenAPI operationId; handlers are bound by it
  http::method method;
  std::string_view path;  // `{app}` is one segment, `{topic...}` the rest
  http::role role;
  http::scope scope = scope::none;
  http::content content = content::none;
  std::size_t body_limit = 0;  // bytes
  http::audience listener = audience::open;
  bool registers = false;  // counts against registrations_per_minute_per_address
  std::string_view summary = {};
};

inline constexpr std::size_t device_body_limit = 8 * 1024;
inline constexpr std::size_t item_body_limit = 64 * 1024;
inline constexpr std::size_t notification_body_limit = 64 * 1024;
inline constexpr std::size_t batch_body_limit = 8 * 1024 * 1024;

// Everything that is served. A route that is not here does not exist; one without a handler keeps
// the server from starting.
std::span<const route> all_routes() noexcept;

// Finds routes by path and method among those of one listener.
class route_index {
 public:
  struct match {
    const route* found = nullptr;  // none: no route has that path, or none that method
    bool known_path = false;
    std::size_t number = 0;  // of `found` in all_routes()
  };

  explicit route_index(audience listener);

  // HEAD finds the GET route.
  match find(http::method m, const std::vector<std::string_view>& segments) const noexcept;

  // The value of Allow for a path that is known: "GET, HEAD, OPTIONS".
  std::string allowed(const std::vector<std::string_view>& segments) const;

 private:
  struct entry {
    const route* declared;
    std::size_t number;
    std::vector<std::string_view> segments;
    bool open_ended;
  };
  static bool fits(const entry& e, const std::vector<std::string_view>& segments) noexcept;

  std::vector<entry> entries_;
};

// "/v1/apps/{app}" -> {"v1", "apps", "{app}"}.
std::vector<std::string_view> split_path(std::string_view path);
// `{topic...}` and the like.
constexpr bool is_open_ended(std::string_view segment) noexcept {
  return segment.starts_with('{') && segment.ends_with("...}");
}

}  // namespace paperboy::http
