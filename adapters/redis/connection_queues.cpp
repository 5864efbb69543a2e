// The queues of a connection, and the limits of those who wait in them.
#include <algorithm>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "adapters/redis/connection.hpp"

namespace paperboy::redis {
namespace {

namespace asio = boost::asio;

// What one write takes before the next.
constexpr std::size_t write_size = 256U << 10;
// A write's buffer that grew beyond this is given back.
constexpr std::size_t kept_buffer = 1U << 20;
// Deadlines this close together are one tick of the timer.
constexpr std::chrono::milliseconds grain{2};

}  // namespace

error_kind connection::refusal(std::size_t commands, std::size_t bytes) const noexcept {
  if (closing_) return error_kind::closed;
  if (statistics_.waiting + commands > settings_.max_commands ||
      statistics_.waiting_bytes + bytes > settings_.max_bytes) {
    return error_kind::queue_full;
  }
  // Who asks while Redis has been away for long learns it at once.
  if (!up_ && clock::now() - down_since_ > settings_.absence_limit) {
    return error_kind::not_connected;
  }
  return error_kind::none;
}

// What was sent has waited for its whole limit and nothing came: the server stands still, and what
// it is given now would only wait behind the rest.
bool connection::silent(clock::time_point now) const noexcept {
  return up_ && !sent_.empty() && now - heard_ >= settings_.command_limit;
}

task<void> connection::execute(std::string_view bytes, std::span<answer> answers) {
  if (answers.empty()) co_return;
  const auto self = shared_from_this();
  waiter w{bytes, answers};
  if (const error_kind kind = refusal(answers.size(), bytes.size()); kind != error_kind::none) {
    fail(w, kind);
    co_return;
  }
  auto initiate = [this, &w](auto handler) {
    if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected()) {
      slot.assign([this, &w](asio::cancellation_type) { forget(w, error_kind::cancelled); });
    }
    w.keep(std::move(handler));
    enqueue(w);
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(initiate,
                                                                       asio::use_awaitable);
}

void connection::enqueue(waiter& w) {
  const clock::time_point now = clock::now();
  const bool absent = !up_ || silent(now);
  w.deadline = now + (absent ? settings_.absence_limit : settings_.command_limit);
  w.where = waiter::place::unsent;
  w.position = unsent_base_ + unsent_.size();
  unsent_.push_back(&w);
  statistics_.waiting += w.missing();
  statistics_.waiting_bytes += w.bytes.size();
  arm(w.deadline);
  post_flush();
}

// Once a turn of the loop: what the coroutines of this turn ask goes out in one write.
void connection::post_flush() {
  if (flush_posted_ || writing_ || !up_) return;
  flush_posted_ = true;
  asio::post(context_, [self = shared_from_this()] {
    self->flush_posted_ = false;
    self->flush();
  });
}

void connection::flush() {
  if (!up_ || writing_ || retiring_ || silent(clock::now())) return;
  std::string& out = transport_->outgoing;
  out.clear();
  if (out.capacity() > kept_buffer) out.shrink_to_fit();
  const bool silent_before = sent_.empty();
  while (!unsent_.empty() && out.size() < write_size) {
    waiter* const w = unsent_.front();
    unsent_.pop_front();
    ++unsent_base_;
    if (w == nullptr) continue;
    out.append(w->bytes);
    statistics_.waiting_bytes -= w->bytes.size();
    statistics_.commands += w->missing();
    w->where = waiter::place::sent;
    w->position = sent_base_ + sent_.size();
    sent_.push_back({w, w->missing()});
  }
  if (out.empty()) return;
  if (silent_before) {
    heard_ = clock::now();
    arm(heard_ + settings_.silence_limit);
  }
  writing_ = true;
  statistics_.bytes_written += out.size();
  transport_->write(shared_from_this());
}

void connection::written(const std::shared_ptr<transport>& on, error_code failed) {
  if (on != transport_) return;  // of a connection before this one
  // What the server said last may still be in the socket: the reader takes it, and meets the same
  // end. Nothing more is written until then.
  if (failed == asio::error::broken_pipe || failed == asio::error::connection_reset) return;
  writing_ = false;
  if (failed) {
    lose(error_kind::connection_lost, failed.message());
  } else {
    flush();
  }
}

// Answers a waiter that leaves before its time. What was sent keeps its place among the replies.
void connection::forget(waiter& w, error_kind kind) {
  if (w.where == waiter::place::sent) {
    sent_[static_cast<std::size_t>(w.position - sent_base_)].to = nullptr;
  } else if (w.where == waiter::place::unsent) {
    unsent_[static_cast<std::size_t>(w.position - unsent_base_)] = nullptr;
    statistics_.waiting -= w.missing();
    statistics_.waiting_bytes -= w.bytes.size();
  } else {
    return;
  }
  fail(w, kind);
}

void connection::fail(waiter& w, error_kind kind) {
  statistics_.errors[static_cast<std::size_t>(kind)] += w.missing();
  while (w.missing() > 0) w.deliver(answer{kind});
  w.where = waiter::place::done;
  w.wake();
}

// One timer for all, set again when it fires. Commands have one limit, and a shorter one while the
// server is away, so that in the ordinary course the timer is never set for each command.
void connection::arm(clock::time_point at) {
  if (at >= armed_for_) return;
  armed_for_ = at;
  limit_timer_.expires_at(at);
  limit_timer_.async_wait([weak = weak_from_this()](error_code failed) {
    if (failed) return;
    if (const auto self = weak.lock()) self->tick();
  });
}

void connection::tick() {
  armed_for_ = clock::time_point::max();
  const clock::time_point now = clock::now();
  if (up_ && !sent_.empty() && now - heard_ >= settings_.silence_limit) {
    lose(error_kind::connection_lost, "no answer at all for too long");
  }
  expire_sent(now);
  expire_unsent(now);
  if (closing_) changed();
  if (!stopped_) rearm();
}

void connection::expire_sent(clock::time_point now) {
  for (const expected& e : sent_) {
    if (e.to != nullptr && e.to->deadline <= now) forget(*e.to, error_kind::no_answer);
  }
}

void connection::expire_unsent(clock::time_point now) {
  const error_kind kind = !up_          ? error_kind::not_connected
                          : silent(now) ? error_kind::not_answering
                                        : error_kind::no_answer;
  for (waiter* const w : unsent_) {
    if (w != nullptr && w->deadline <= now) forget(*w, kind);
  }
  while (!unsent_.empty() && unsent_.front() == nullptr) {
    unsent_.pop_front();
    ++unsent_base_;
  }
}

void connection::rearm() {
  clock::time_point next = clock::time_point::max();
  if (up_ && !sent_.empty()) next = heard_ + settings_.silence_limit;
  for (const expected& e : sent_) {
    if (e.to != nullptr) next = std::min(next, e.to->deadline);
  }
  for (const waiter* const w : unsent_) {
    if (w != nullptr) next = std::min(next, w->deadline);
  }
  if (next != clock::time_point::max()) arm(std::max(next, clock::now() + grain));
}

}  // namespace paperboy::redis
