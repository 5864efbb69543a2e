#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

namespace paperboy {

// What can go wrong outside. A gateway's refusal is a value, not one of these: an error means "we
// could not find out" or "it could not be done". One table in adapters/http maps each to an answer.
enum class errc {
  unavailable = 1,   // the other side could not be reached, or answered that it is busy; try again
  timed_out,         // no answer within the limit; it may or may not have been done
  refused,           // the other side understood and said no; the same call will fail again
  not_found,
  conflict,          // somebody else changed it meanwhile, or a precondition does not hold
  invalid,           // what was given cannot be what was meant
  overloaded,        // one of our own limits is reached
  closed,            // we are shutting down, or the connection is
  protocol,          // the other side broke its protocol
  shard_regressed,   // a shard lost what it once held: never "nothing to do"
  unauthorized,
};

const boost::system::error_category& paperboy_category() noexcept;

inline boost::system::error_code make_error_code(errc e) noexcept {
  return {static_cast<int>(e), paperboy_category()};
}

template <class T>
using result = boost::system::result<T>;

using error_code = boost::system::error_code;

}  // namespace paperboy

template <>
struct boost::system::is_error_code_enum<paperboy::errc> : std::true_type {};
