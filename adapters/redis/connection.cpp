#include "adapters/redis/connection.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <utility>

#include "adapters/net/within.hpp"
#include "adapters/redis/sign_in.hpp"

namespace paperboy::redis {
namespace {

namespace asio = boost::asio;

constexpr std::size_t read_size = 64U << 10;
// A connection that lived shorter than this does not reset the back-off.
constexpr std::chrono::seconds settled{1};

}  // namespace

connection::connection(asio::io_context& context, client_settings settings)
    : context_(context),
      settings_(std::move(settings)),
      down_since_(clock::now()),
      limit_timer_(context),
      random_(std::random_device{}()) {
  settings_.absence_limit = std::min(settings_.absence_limit, settings_.command_limit);
}

void connection::start() {
  running_ = true;
  asio::co_spawn(context_, run(),
                 asio::bind_cancellation_slot(
                     loop_.slot(), [self = shared_from_this()](const std::exception_ptr& failed) {
                       self->running_ = false;
                       self->up_ = false;
                       self->changed();
                       // Out of memory and the like: nobody would connect again.
                       if (failed && !self->stopped_) std::rethrow_exception(failed);
                     }));
}

task<void> connection::run() {
  try {
    for (std::uint32_t attempt = 0; !stopped_;) {
      if (co_await connect()) {
        co_await read_until_lost();
        if (clock::now() - up_since_ > settled) attempt = 0;
      }
      if (!stopped_) co_await pause(attempt++);
    }
  } catch (const boost::system::system_error& error) {
    if (!stopped_) throw;
  }
}

task<bool> connection::connect() {
  replies_ = std::make_unique<reply_reader>(
      reply_limits{settings_.max_reply_bytes, settings_.max_reply_values});
  last_kind_ = error_kind::none;
  std::string why;
  error_kind kind = error_kind::none;
  const result<void> opened = co_await net::within(settings_.connect_limit, open(why, kind));
  if (stopped_) co_return false;
  if (!opened || kind != error_kind::none) {
    if (transport_) transport_->close();
    transport_.reset();
    if (why.empty()) why = opened ? std::string{to_text(kind)} : opened.error().message();
    last_kind_ = kind == error_kind::none ? error_kind::not_connected : kind;
    last_failure_ = settings_.where.to_text() + ": " + why;
    ++statistics_.connect_failures;
    report(connection_event::what::failed, last_kind_, last_failure_);
    changed();
    co_return false;
  }
  up_ = true;
  retiring_ = false;
  up_since_ = heard_ = clock::now();
  ++statistics_.connects;
  report(connection_event::what::connected, error_kind::none,
         "connected to " + settings_.where.to_text());
  changed();
  flush();
  co_return true;
}

task<void> connection::open(std::string& why, error_kind& kind) {
  kind = error_kind::not_connected;
  auto opened = co_await open_transport(context_, settings_.where, why);
  if (!opened) co_return;
  transport_ = std::move(*opened);
  sign_in_outcome outcome = co_await sign_in(*transport_, *replies_, settings_.where);
  kind = outcome.kind;
  why = std::move(outcome.problem);
}

task<void> connection::read_until_lost() {
  const std::shared_ptr<transport> stream = transport_;
  std::vector<char> buffer(read_size);
  while (up_) {
    const result<std::size_t> read = co_await stream->read_some(buffer);
    if (!up_) co_return;
    if (!read) {
      lose(error_kind::connection_lost, read.error().message());
      co_return;
    }
    heard_ = clock::now();
    statistics_.bytes_read += *read;
    if (!take_replies({buffer.data(), *read})) co_return;
    flush();
    if (retiring_ && sent_.empty()) lose(error_kind::read_only, "the server became a replica");
  }
}

bool connection::take_replies(std::string_view bytes) {
  while (!bytes.empty()) {
    replies_->feed(bytes.substr(0, reply_reader::piece));
    bytes.remove_prefix(std::min(bytes.size(), reply_reader::piece));
    for (;;) {
      reply r;
      const reply_reader::step step = replies_->next(r);
      if (step == reply_reader::step::more) break;
      if (step == reply_reader::step::broken) {
        lose(error_kind::protocol, "no Redis reply: " + replies_->problem());
        return false;
      }
      if (!take_reply(std::move(r))) return false;
    }
  }
  return true;
}

bool connection::take_reply(reply r) {
  if (sent_.empty()) {
    lose(error_kind::protocol, "a reply that was not asked for: " +
                                   (r.is_error() ? loggable(r.as_string()) : std::string{"data"}));
    return false;
  }
  ++statistics_.replies;
  --statistics_.waiting;
  answer a{std::move(r)};
  if (a.kind() == error_kind::read_only && settings_.where.kind != transport_kind::unix_socket &&
      clock::now() - up_since_ > settled) {
    // After a failover the name may lead elsewhere: look it up again, at most once a second.
    retiring_ = true;
  }
  expected& next = sent_.front();
  const bool last = --next.replies == 0;
  if (next.to != nullptr) {
    waiter& w = *next.to;
    if (a.has_error()) ++statistics_.errors[static_cast<std::size_t>(a.kind())];
    w.deliver(std::move(a));
    if (last) {
      w.where = waiter::place::done;
      w.wake();
    }
  }
  if (last) {
    sent_.pop_front();
    ++sent_base_;
    if (closing_ && sent_.empty()) changed();
  }
  return true;
}

task<void> connection::pause(std::uint32_t attempt) {
  const std::int64_t grown = settings_.reconnect_first.count() << std::min(attempt, 16U);
  const std::int64_t most = std::min(grown, std::int64_t{settings_.reconnect_most.count()});
  std::uniform_int_distribution<std::int64_t> spread{1, std::max<std::int64_t>(1, most)};
  asio::steady_timer timer{context_, std::chrono::milliseconds{spread(random_)}};
  error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

// The place where a connection ends, whoever noticed.
void connection::lose(error_kind kind, std::string why) {
  if (!up_) return;
  up_ = false;
  writing_ = false;
  down_since_ = clock::now();
  transport_->close();
  transport_.reset();
  last_kind_ = kind;
  last_failure_ = settings_.where.to_text() + ": " + std::move(why);
  const error_kind theirs =
      kind == error_kind::protocol ? error_kind::protocol : error_kind::connection_lost;
  std::deque<expected> lost;
  lost.swap(sent_);
  sent_base_ += lost.size();
  for (const expected& e : lost) {
    statistics_.waiting -= e.replies;
    if (e.to != nullptr) fail(*e.to, theirs);
  }
  report(connection_event::what::lost, kind, last_failure_);
  changed();
}

void connection::report(connection_event::what happened, error_kind kind, const std::string& text) {
  if (settings_.on_event) settings_.on_event({happened, kind, text});
}

// Registered while somebody waits for a change of state.
class connection::watcher {
 public:
  explicit watcher(connection& of) : of_(of), timer_(of.context_) {
    of_.watchers_.push_back(&timer_);
  }
  ~watcher() { std::erase(of_.watchers_, &timer_); }
  watcher(const watcher&) = delete;
  watcher& operator=(const watcher&) = delete;

  task<void> change_or(clock::time_point end) {
    timer_.expires_at(end);
    error_code ignored;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

 private:
  connection& of_;
  asio::steady_timer timer_;
};

task<result<void>> connection::wait_until_connected(std::chrono::milliseconds limit) {
  const auto self = shared_from_this();
  watcher watch{*this};
  const clock::time_point end = clock::now() + limit;
  while (!up_) {
    if (closing_) co_return errc::closed;
    if (last_kind_ == error_kind::authentication) co_return errc::unauthorized;
    if (clock::now() >= end) co_return errc::timed_out;
    co_await watch.change_or(end);
  }
  co_return result<void>{};
}

void connection::changed() noexcept {
  for (asio::steady_timer* const timer : watchers_) timer->cancel();
}

task<void> connection::close() {
  const auto self = shared_from_this();
  watcher watch{*this};
  closing_ = true;
  const clock::time_point end = clock::now() + settings_.command_limit;
  while (statistics_.waiting > 0 && !stopped_ && clock::now() < end) co_await watch.change_or(end);
  stop();
  while (running_) co_await watch.change_or(clock::now() + settings_.connect_limit);
}

void connection::stop() noexcept {
  if (stopped_) return;
  stopped_ = closing_ = true;
  if (up_) {
    up_ = false;
    transport_->close();
  }
  std::deque<expected> lost;
  lost.swap(sent_);
  for (const expected& e : lost) {
    if (e.to != nullptr) fail(*e.to, error_kind::closed);
  }
  std::deque<waiter*> never;
  never.swap(unsent_);
  for (waiter* w : never) {
    if (w != nullptr) fail(*w, error_kind::closed);
  }
  statistics_.waiting = statistics_.waiting_bytes = 0;
  limit_timer_.cancel();
  if (running_) {
    // From the loop: outside of it the emission itself is posted, and may come too late.
    asio::post(context_, [self = shared_from_this()] {
      if (self->running_) self->loop_.emit(asio::cancellation_type::terminal);
    });
  }
  changed();
}

}  // namespace paperboy::redis
