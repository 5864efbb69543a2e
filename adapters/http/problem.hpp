#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/answer.hpp"
#include "core/domain/field_error.hpp"
#include "core/result.hpp"

namespace paperboy::http {

// RFC 9457 problem details. `type` is "urn:paperboy:problem:" + slug.
struct problem {
  unsigned status = 500;
  std::string slug;
  std::string detail;
  std::vector<field_error> errors = {};
};

// No problem body is longer: details are cut, and errors beyond it are left out and counted in
// `more`.
inline constexpr std::size_t problem_size_limit = 1024;

// application/problem+json. A 401 carries WWW-Authenticate (RFC 6750), a 503 Retry-After.
answer to_answer(const problem& p);

// A 422 for a body that does not validate: the slug is the one code all faults share, or
// "validation-failed".
problem invalid_body(std::vector<field_error> faults);

// The one table from an error of the core to what a client is told. 5xx shows no detail of ours.
problem problem_of(const error_code& error);

// The words of the status code: "Not Found".
std::string_view reason_phrase(unsigned status) noexcept;

}  // namespace paperboy::http
