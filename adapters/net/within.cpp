#include "adapters/net/within.hpp"

#include <array>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cstddef>
#include <exception>

namespace paperboy::net::detail {
namespace {

namespace asio = boost::asio;

error_code code_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    return error.code();
  }
}

}  // namespace

task<error_code> race(std::chrono::nanoseconds limit, task<void> op) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor);
  timer.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(limit));

  auto both = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(op), asio::deferred), timer.async_wait(asio::deferred));
  std::array<std::size_t, 2> order{};
  std::exception_ptr failure;
  error_code timer_error;
  std::tie(order, failure, timer_error) =
      co_await both.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);

  if (!failure) co_return error_code{};
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
  const error_code code = code_of(failure);
  const bool limit_came_first = order[0] == 1;
  if (limit_came_first && code == asio::error::operation_aborted) co_return errc::timed_out;
  co_return code;
}

}  // namespace paperboy::net::detail
