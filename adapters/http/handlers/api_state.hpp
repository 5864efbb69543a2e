#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/handlers/api.hpp"
#include "adapters/http/handlers/frozen_lists.hpp"
#include "adapters/http/handlers/under_way.hpp"
#include "adapters/http/problem.hpp"
#include "core/flows/subscriber_change.hpp"

namespace paperboy::http {

// What the handlers share. Each route's handler is a function of this shape.
struct api_state {
  explicit api_state(const api_parts& p)
      : parts(p), people(p.people, p.news, p.apps), frozen(p.news) {}

  instant now() const { return parts.now(); }
  // The app of the path, or nothing: a key may name one that is not configured.
  const app_settings* app_of(const request& r) const;

  const api_parts parts;
  subscribers people;
  frozen_lists frozen;
  under_way notifying;  // by the identity of the request
};

using api_handler = task<answer> (*)(api_state&, const context&, const request&);

inline answer failure(const error_code& error) {
  return to_answer(problem_of(error));
}
inline answer absent() {
  return failure(make_error_code(errc::not_found));
}

// What a device credential says, in the core's words.
opened_credential credential_of(const context& c) noexcept;

// The subscriber of the path, of the app of the path; nothing if the id is none.
std::optional<named_subscriber> subscriber_of(const request& r);

// Whole seconds, as records keep times.
inline std::chrono::sys_seconds in_seconds(instant at) noexcept {
  return std::chrono::floor<std::chrono::seconds>(at);
}

}  // namespace paperboy::http
