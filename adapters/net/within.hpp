#pragma once

#include <chrono>
#include <optional>
#include <type_traits>
#include <utility>

#include "core/result.hpp"
#include "core/task.hpp"

namespace paperboy::net {
namespace detail {

// Runs `op` against a timer and waits for both to end. No error: `op` ended by itself. Its own
// system_error comes back as its code, the limit as errc::timed_out; other exceptions go on.
task<error_code> race(std::chrono::nanoseconds limit, task<void> op);

template <class T>
struct flattened {
  using type = result<T>;
};
template <class T>
struct flattened<result<T>> {
  using type = result<T>;
};

template <class T>
task<void> keep(task<T> op, std::optional<T>& value) {
  value.emplace(co_await std::move(op));
}

}  // namespace detail

// Runs `op` for at most `limit`. Yields its value, its error (a result's, or a thrown
// system_error's), or errc::timed_out. An `op` that fails ends the wait at once. One that the limit
// cancels is waited for, so what it refers to may live in the caller's frame, and a value it had in
// spite of that is kept. A cancellation of the caller reaches `op` and is thrown on as
// operation_aborted.
//
// `op` has to react to cancellation. Looking up a host name does not: see adapters/net/dial.hpp.
//
// Exists because `op || timer` of Asio's awaitable operators waits for the first success, so it
// waits out the timer when `op` fails (Boost 1.81).
template <class T>
task<typename detail::flattened<T>::type> within(std::chrono::nanoseconds limit, task<T> op) {
  if constexpr (std::is_void_v<T>) {
    const error_code failed = co_await detail::race(limit, std::move(op));
    if (failed) co_return failed;
    co_return result<void>{};
  } else {
    std::optional<T> value;
    task<void> kept = detail::keep(std::move(op), value);
    const error_code failed = co_await detail::race(limit, std::move(kept));
    if (value) co_return std::move(*value);
    co_return failed;
  }
}

}  // namespace paperboy::net
