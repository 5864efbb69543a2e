#include "adapters/net/dial.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <optional>
#include <utility>

namespace paperboy::net {

namespace asio = boost::asio;
using asio::ip::tcp;

std::string authority::text() const {
  std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != 443) out += ":" + std::to_string(port);
  return out;
}

result<authority> parse_https_endpoint(std::string_view text) {
  constexpr std::string_view scheme = "https://";
  if (!text.starts_with(scheme)) return errc::invalid;
  text.remove_prefix(scheme.size());
  if (text.ends_with('/')) text.remove_suffix(1);

  authority where;
  std::string_view host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return errc::invalid;
    host = text.substr(1, end - 1);
    port = text.substr(end + 1);
  } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon);
  }
  constexpr std::string_view in_a_host =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:";
  if (host.empty() || host.size() > 253 || host.find_first_not_of(in_a_host) != host.npos) {
    return errc::invalid;
  }
  if (!port.empty()) {
    const char* end = port.data() + port.size();
    const auto [stop, wrong] = std::from_chars(port.data() + 1, end, where.port);
    if (port[0] != ':' || wrong != std::errc{} || stop != end || where.port == 0) {
      return errc::invalid;
    }
  }
  where.host = host;
  return where;
}

struct dialling::attempt : std::enable_shared_from_this<attempt> {
  attempt(asio::io_context& context, const dial_limits& how, handler hear)
      : limits(how), done(std::move(hear)), resolver(context), socket(context), timer(context) {}

  void look_up(const authority& where) {
    timer.expires_after(limits.lookup);
    timer.async_wait([self = shared_from_this()](error_code cancelled) {
      if (!cancelled) self->finish(errc::timed_out);
    });
    resolver.async_resolve(
        where.host, std::to_string(where.port), tcp::resolver::numeric_service,
        [self = shared_from_this()](error_code failed, tcp::resolver::results_type found) {
          if (!self->done) return;
          if (failed) return self->finish(failed);
          self->found = std::move(found);
          self->next = self->found.begin();
          self->connect();
        });
  }

  void connect() {
    if (next == found.end() || tried == limits.most_addresses) {
      return finish(last_failure ? last_failure : make_error_code(errc::unavailable));
    }
    ++tried;
    const auto current = tried;
    timer.expires_after(limits.address);
    timer.async_wait([self = shared_from_this(), current](error_code cancelled) {
      if (cancelled || !self->done || self->tried != current) return;
      self->timed_out = true;
      error_code ignored;
      self->socket.close(ignored);
    });
    error_code ignored;
    socket.close(ignored);
    timed_out = false;
    socket.async_connect((next++)->endpoint(), [self = shared_from_this()](error_code failed) {
      if (!self->done) return;
      if (!failed && self->socket.is_open()) return self->finish({});
      self->last_failure = self->timed_out ? make_error_code(errc::timed_out) : failed;
      self->connect();
    });
  }

  void finish(error_code how) {
    if (!done) return;
    const handler hear = std::exchange(done, nullptr);
    timer.cancel();
    resolver.cancel();
    if (how) {
      error_code ignored;
      socket.close(ignored);
    } else {
      set_options();
    }
    hear(how, std::move(socket));
  }

  // Best effort: without them a dead peer is noticed later, by our own limits.
  void set_options() noexcept {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    const unsigned int milliseconds = unacknowledged_limit.count();
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds,
                 sizeof milliseconds);
  }

  void abandon() {
    done = nullptr;
    timer.cancel();
    resolver.cancel();
    error_code ignored;
    socket.close(ignored);
  }

  dial_limits limits;
  handler done;
  tcp::resolver resolver;
  tcp::socket socket;
  asio::steady_timer timer;
  tcp::resolver::results_type found;
  tcp::resolver::results_type::iterator next;
  std::size_t tried = 0;
  bool timed_out = false;
  error_code last_failure;
};

dialling::dialling(asio::io_context& context, const authority& where, const dial_limits& limits,
                   handler done)
    : attempt_(std::make_shared<attempt>(context, limits, std::move(done))) {
  attempt_->look_up(where);
}

dialling::~dialling() {
  if (attempt_) attempt_->abandon();
}

dialling::dialling(dialling&&) noexcept = default;

dialling& dialling::operator=(dialling&& other) noexcept {
  if (this != &other) {
    if (attempt_) attempt_->abandon();
    attempt_ = std::move(other.attempt_);
  }
  return *this;
}

task<result<tcp::socket>> dial(asio::io_context& context, authority where, dial_limits limits) {
  // The timer stands for the attempt: it is cancelled when that ends, and by a cancellation of the
  // caller, which leaves the attempt to be abandoned with this frame.
  asio::steady_timer ended(context);
  ended.expires_at(asio::steady_timer::time_point::max());
  std::optional<result<tcp::socket>> outcome;
  const dialling attempt(context, where, limits, [&](error_code failed, tcp::socket socket) {
    if (failed) {
      outcome.emplace(failed);
    } else {
      outcome.emplace(std::move(socket));
    }
    ended.cancel();
  });
  error_code woken;
  co_await ended.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  if (!outcome) co_return asio::error::operation_aborted;
  co_return std::move(*outcome);
}

}  // namespace paperboy::net
