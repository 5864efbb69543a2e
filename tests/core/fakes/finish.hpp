#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "core/task.hpp"

namespace paperboy::testing {

// Runs one coroutine to its end on a loop of its own.
template <class T>
T finish(task<T> work) {
  boost::asio::io_context loop{1};
  auto done = boost::asio::co_spawn(loop, std::move(work), boost::asio::use_future);
  loop.run();
  return done.get();
}

}  // namespace paperboy::testing
