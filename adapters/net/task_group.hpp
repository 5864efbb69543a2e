#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "core/result.hpp"
#include "core/task.hpp"

namespace boost::asio {
class io_context;
}

namespace paperboy::net {

// The coroutines that one owner started and answers for. Belongs to the thread of its io_context.
//
// Every child is counted, may be cancelled, and is joined. A child that ends by an exception other
// than the cancellation it was sent is reported with its name; the others go on.
class task_group {
 public:
  // Hears of a child that threw: its name and what().
  using failure_report = std::function<void(std::string_view name, std::string_view what)>;

  // At most `limit` children at a time. `report` empty: failures go to the log.
  task_group(boost::asio::io_context& context, std::size_t limit, failure_report report = {});

  // Cancels what is left. The children end on their own afterwards, so what they refer to must
  // outlive the io_context's next run: join() before leaving.
  ~task_group();
  task_group(const task_group&) = delete;
  task_group& operator=(const task_group&) = delete;

  // Starts `child`, whose first step runs from the io_context's loop. errc::overloaded at the
  // limit, errc::closed once cancel() or join() was called; `child` is then destroyed unstarted.
  // `name` has static storage.
  result<void> spawn(std::string_view name, task<void> child);

  // Asks every child to end (terminal cancellation). New ones are refused from now on.
  void cancel();

  // Waits until every child has ended. New ones are refused from now on.
  task<void> join();

  std::size_t size() const noexcept;
  std::size_t failures() const noexcept;  // children reported so far

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace paperboy::net
