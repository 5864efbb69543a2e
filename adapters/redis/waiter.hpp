#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "adapters/redis/reply.hpp"

namespace paperboy::redis {

// A coroutine that waits for the answers to one or more commands. Lives in that coroutine's frame,
// so a command costs no allocation and no type-erased function: the handler is kept in place. That
// handler owns the frame: once it is kept, wake() has to come.
class waiter {
 public:
  enum class place : std::uint8_t { nowhere, unsent, sent, done };

  waiter(std::string_view bytes, std::span<answer> answers) noexcept
      : bytes(bytes), next_(answers.data()), missing_(answers.size()) {}
  waiter(const waiter&) = delete;
  waiter& operator=(const waiter&) = delete;

  std::size_t missing() const noexcept { return missing_; }
  void deliver(answer a) noexcept {
    *next_++ = std::move(a);
    --missing_;
  }

  // Takes the handler (signature void()) of the coroutine that is about to wait.
  template <class Handler>
  void keep(Handler handler) {
    static_assert(sizeof(Handler) <= room && alignof(Handler) <= alignof(std::max_align_t));
    ::new (static_cast<void*>(handler_)) Handler(std::move(handler));
    resume_ = &post_handler<Handler>;
  }

  // From the loop, never at once: the caller may be in the middle of its own books.
  void wake() {
    auto* const resume = std::exchange(resume_, nullptr);
    if (resume != nullptr) resume(*this);
  }

  std::string_view bytes;
  std::chrono::steady_clock::time_point deadline{};
  std::uint64_t position = 0;  // in the queue that `where` names
  place where = place::nowhere;

 private:
  static constexpr std::size_t room = 64;

  template <class Handler>
  static void post_handler(waiter& w) {
    Handler* const kept = std::launder(reinterpret_cast<Handler*>(w.handler_));
    Handler handler = std::move(*kept);
    kept->~Handler();
    const auto executor = boost::asio::get_associated_executor(handler);
    boost::asio::post(executor, [handler = std::move(handler)]() mutable {
      // The slot still points into the frame that goes on now.
      auto slot = boost::asio::get_associated_cancellation_slot(handler);
      if (slot.is_connected()) slot.clear();
      std::move(handler)();
    });
  }

  answer* next_;
  std::size_t missing_;
  void (*resume_)(waiter&) = nullptr;
  alignas(std::max_align_t) std::byte handler_[room];
};

}  // namespace paperboy::redis
