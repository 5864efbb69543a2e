#include "adapters/http/listener.hpp"

#include <openssl/ssl.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/intrusive/list.hpp>
#include <cstring>
#include <exception>

#include "adapters/http/session.hpp"

namespace paperboy::http {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using tls_stream = asio::ssl::stream<tcp::socket>;

namespace {

// After accept() failed for want of descriptors or memory.
constexpr std::chrono::milliseconds accept_pause{100};

constexpr std::string_view full_answer =
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n"
    "Content-Length: 0\r\n\r\n";

address address_of(const tcp::endpoint& peer) {
  address a;
  const auto v6 = peer.address().is_v4()
                      ? asio::ip::make_address_v6(asio::ip::v4_mapped, peer.address().to_v4())
                      : peer.address().to_v6();
  const auto bytes = v6.to_bytes();
  std::copy(bytes.begin(), bytes.end(), a.bytes.begin());
  return a;
}

// asio's context owns what it is given; ours is shared.
std::shared_ptr<asio::ssl::context> as_asio(const net::tls_context& context) {
  if (!context) return nullptr;
  SSL_CTX_up_ref(context.get());
  return std::make_shared<asio::ssl::context>(context.get());
}

std::string side_of(const service& s) {
  return s.served == audience::operators ? "operator" : "public";
}

// How often deadlines are looked at: an eighth of the shortest.
std::chrono::milliseconds tick_of(const time_limits& l) {
  const auto shortest = std::min({l.handshake, l.head, l.body, l.handling, l.write, l.idle});
  return std::clamp(shortest / 8, std::chrono::milliseconds(5), std::chrono::milliseconds(250));
}

}  // namespace

class listener::impl final : public session_owner, public std::enable_shared_from_this<impl> {
 public:
  impl(asio::any_io_executor executor, const listener_settings& settings, const service& s,
       connection_limit& connections);

  void start();
  task<void> stop(std::chrono::milliseconds limit);
  void replace_tls(const net::tls_context& context) { tls_ = as_asio(context); }
  tcp::endpoint address() const { return address_; }
  std::size_t connections() const noexcept { return open_count_; }

  void changed_phase(connection& c) noexcept override;
  bool stopping() const noexcept override { return stopping_; }

 private:
  // Constant-time removal; sizes are counted apart.
  template <class Hook>
  using list = boost::intrusive::list<connection, boost::intrusive::base_hook<Hook>,
                                      boost::intrusive::constant_time_size<false>>;

  task<void> accept_all();
  task<void> watch_deadlines();
  void admit(tcp::socket socket);
  bool make_room_for_one();
  template <class Stream>
  void serve(Stream stream, const http::address& peer, bool exempt);
  void finished(connection& c, const http::address& peer, bool exempt, std::exception_ptr failure);

  dispatcher dispatcher_;
  tcp::acceptor acceptor_;
  tcp::endpoint address_;
  asio::steady_timer accept_again_;
  asio::steady_timer tick_;
  asio::steady_timer all_ended_;
  connection_limit& limit_;
  const bool loopback_exempt_;
  std::shared_ptr<asio::ssl::context> tls_;
  const std::chrono::milliseconds tick_length_;
  gauge& open_gauge_;
  counter& refused_;
  counter& shed_;

  bool stopping_ = false;
  bool accepting_ = false;
  bool watching_ = false;
  std::size_t open_count_ = 0;
  list<open_hook> open_;
  list<waiting_hook> fresh_;  // nothing has come from them yet; the newest last
  list<waiting_hook> idle_;   // between two requests; the longest idle first
};

listener::impl::impl(asio::any_io_executor executor, const listener_settings& settings,
                     const service& s, connection_limit& connections)
    : dispatcher_(s),
      acceptor_(executor),
      accept_again_(executor),
      tick_(executor),
      all_ended_(executor),
      limit_(connections),
      loopback_exempt_(settings.loopback_exempt),
      tls_(as_asio(settings.tls)),
      tick_length_(tick_of(s.limits)),
      open_gauge_(s.numbers.gauge("paperboy_http_connections", "Open connections.",
                                  {{"listener", side_of(s)}})),
      refused_(s.numbers.counter("paperboy_http_connections_refused_total",
                                 "Connections refused at a limit.", {{"listener", side_of(s)}})),
      shed_(s.numbers.counter("paperboy_http_connections_shed_total",
                              "Waiting connections ended to make room for new ones.",
                              {{"listener", side_of(s)}})) {
  acceptor_.open(settings.address.protocol());
  acceptor_.set_option(tcp::acceptor::reuse_address(true));
  if (settings.share_port) {
    acceptor_.set_option(asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>(true));
  }
  acceptor_.bind(settings.address);
  acceptor_.listen(settings.backlog);
  address_ = acceptor_.local_endpoint();
}

void listener::impl::start() {
  accepting_ = true;
  asio::co_spawn(acceptor_.get_executor(), accept_all(),
                 [self = shared_from_this()](const std::exception_ptr&) {
                   self->accepting_ = false;
                   self->all_ended_.cancel();
                 });
}

task<void> listener::impl::accept_all() {
  while (acceptor_.is_open()) {
    boost::system::error_code error;
    tcp::socket socket =
        co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (!acceptor_.is_open()) co_return;
    if (error) {
      spdlog::warn("cannot accept a connection: {}", error.message());
      accept_again_.expires_after(accept_pause);
      co_await accept_again_.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    admit(std::move(socket));
  }
}

void listener::impl::admit(tcp::socket socket) {
  boost::system::error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  if (error) return;
  const http::address peer = address_of(endpoint);
  const auto& trusted = dispatcher_.service().trusted_proxies;
  const bool exempt =
      (loopback_exempt_ && peer.is_loopback()) ||
      std::any_of(trusted.begin(), trusted.end(),
                  [&peer](const address_range& range) { return range.contains(peer); });
  auto verdict = limit_.take(peer, exempt, false);
  if (verdict == connection_limit::verdict::too_many && make_room_for_one()) {
    verdict = limit_.take(peer, exempt, true);
  }
  if (verdict != connection_limit::verdict::taken) {
    refused_.add();
    if (!tls_) {
      // Best effort: a socket that cannot take it is closed all the same.
      [[maybe_unused]] const auto sent = ::send(socket.native_handle(), full_answer.data(),
                                                full_answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    return;
  }
  socket.set_option(tcp::no_delay(true), error);
  if (tls_) {
    serve(tls_stream(std::move(socket), *tls_), peer, exempt);
  } else {
    serve(std::move(socket), peer, exempt);
  }
}

// Ends the newest connection that has sent nothing yet, else the one that was idle longest.
bool listener::impl::make_room_for_one() {
  if (fresh_.empty() && idle_.empty()) return false;
  connection& c = fresh_.empty() ? idle_.front() : fresh_.back();
  c.waiting_hook::unlink();
  c.expire();
  shed_.add();
  return true;
}

template <class Stream>
void listener::impl::serve(Stream stream, const http::address& peer, bool exempt) {
  const auto executor = stream.get_executor();
  auto one = std::make_shared<session<Stream>>(std::move(stream), peer, dispatcher_, *this);
  open_.push_back(*one);
  ++open_count_;
  open_gauge_.add(1);
  auto& running = *one;
  asio::co_spawn(executor, running.run(),
                 asio::bind_cancellation_slot(
                     running.slot(), [self = shared_from_this(), one = std::move(one), peer,
                                      exempt](const std::exception_ptr& failure) {
                       self->finished(*one, peer, exempt, failure);
                     }));
  if (std::exchange(watching_, true)) return;
  asio::co_spawn(executor, watch_deadlines(), [self = shared_from_this()](std::exception_ptr) {
    self->watching_ = false;
    self->all_ended_.cancel();
  });
}

void listener::impl::finished(connection& c, const http::address& peer, bool exempt,
                              std::exception_ptr failure) {
  c.open_hook::unlink();
  c.waiting_hook::unlink();
  --open_count_;
  open_gauge_.add(-1);
  limit_.give_back(peer, exempt);
  if (open_count_ == 0) all_ended_.cancel();
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) return;
    spdlog::error("a connection ended by an error: {}", error.what());
  } catch (const std::exception& error) {
    spdlog::error("a connection ended by an error: {}", error.what());
  }
}

void listener::impl::changed_phase(connection& c) noexcept {
  c.waiting_hook::unlink();
  if (c.now_in() == connection::phase::fresh) fresh_.push_back(c);
  if (c.now_in() == connection::phase::idle) idle_.push_back(c);
}

// Runs while there are connections. One look at all of them costs less than a timer for each.
task<void> listener::impl::watch_deadlines() {
  while (open_count_ > 0) {
    tick_.expires_after(tick_length_);
    boost::system::error_code ignored;
    co_await tick_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    const auto now = std::chrono::steady_clock::now();
    for (auto it = open_.begin(); it != open_.end();) {
      connection& c = *it++;
      if (c.deadline() <= now) c.expire();
    }
  }
}

task<void> listener::impl::stop(std::chrono::milliseconds limit) {
  const auto self = shared_from_this();
  stopping_ = true;
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  accept_again_.cancel();
  for (list<waiting_hook>* waiting : {&fresh_, &idle_}) {
    for (connection& c : *waiting) c.expire();
  }
  const auto deadline = std::chrono::steady_clock::now() + limit;
  bool cancelled = false;
  while (open_count_ > 0 || accepting_ || watching_) {
    if (!cancelled && std::chrono::steady_clock::now() >= deadline) {
      cancelled = true;
      for (auto it = open_.begin(); it != open_.end();) (it++)->cancel();
    }
    if (open_count_ == 0) tick_.cancel();
    all_ended_.expires_at(cancelled ? asio::steady_timer::time_point::max() : deadline);
    co_await all_ended_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

listener::listener(asio::any_io_executor executor, const listener_settings& settings,
                   const service& s, connection_limit& connections)
    : impl_(std::make_shared<impl>(std::move(executor), settings, s, connections)) {}

listener::~listener() = default;

void listener::start() {
  impl_->start();
}
tcp::endpoint listener::address() const noexcept {
  return impl_->address();
}
std::size_t listener::connections() const noexcept {
  return impl_->connections();
}
void listener::replace_tls(net::tls_context context) {
  impl_->replace_tls(context);
}
task<void> listener::stop(std::chrono::milliseconds limit) {
  return impl_->stop(limit);
}

}  // namespace paperboy::http
