#include "adapters/simulators/listener.hpp"

#include <algorithm>
#include <string_view>

namespace paperboy::simulators {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using error_code = boost::system::error_code;

constexpr std::string_view h2 = "h2";
constexpr std::string_view http1 = "http/1.1";

// Where in a list of length-prefixed names (RFC 7301) this one stands; null when it does not.
const unsigned char* find_protocol(const unsigned char* offered, unsigned int size,
                                   std::string_view name) {
  for (unsigned int at = 0; at < size; at += 1U + offered[at]) {
    if (offered[at] != name.size() || at + 1U + offered[at] > size) continue;
    if (std::equal(name.begin(), name.end(), offered + at + 1)) return offered + at + 1;
  }
  return nullptr;
}

// ALPN's choice. It holds on to nothing: a handshake may outlive its listener.
template <bool takes_http1>
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned int size, void*) noexcept {
  for (const std::string_view name : {h2, http1}) {
    if (name == http1 && !takes_http1) continue;
    const unsigned char* found = find_protocol(offered, size, name);
    if (found == nullptr) continue;
    *out = found;
    *out_size = static_cast<unsigned char>(name.size());
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool chose(const tls_stream& stream, std::string_view name) {
  const unsigned char* chosen = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(const_cast<tls_stream&>(stream).native_handle(), &chosen, &size);
  return size == name.size() && std::equal(name.begin(), name.end(), chosen);
}

}  // namespace

struct listener::handshake {
  handshake(tcp::socket socket, asio::ssl::context& tls)
      : stream(std::make_unique<tls_stream>(std::move(socket), tls)),
        timer(stream->get_executor()) {}

  void give_up() {
    error_code ignored;
    given_up = true;
    timer.cancel();
    if (stream) stream->lowest_layer().close(ignored);
  }

  std::unique_ptr<tls_stream> stream;
  asio::steady_timer timer;
  bool given_up = false;
};

listener::listener(asio::io_context& io, std::uint16_t port, const server_identity& identity,
                   connection_context context)
    : context_(std::move(context)),
      tls_(asio::ssl::context::tls_server),
      acceptor_(io),
      retry_(io),
      port_(port) {
  tls_.use_certificate_chain(asio::buffer(identity.certificate));
  tls_.use_private_key(asio::buffer(identity.private_key), asio::ssl::context::pem);
  SSL_CTX_set_min_proto_version(tls_.native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_alpn_select_cb(
      tls_.native_handle(),
      context_.of.speaks_http1() ? choose_protocol<true> : choose_protocol<false>, nullptr);
  listen();
}

void listener::listen() {
  const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port_);
  acceptor_.open(endpoint.protocol());
  acceptor_.set_option(tcp::acceptor::reuse_address(true));
  acceptor_.bind(endpoint);
  acceptor_.listen();
  port_ = acceptor_.local_endpoint().port();
  accept();
}

void listener::pause() {
  error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
}

void listener::stop() {
  pause();
  for (const auto& weak : handshakes_)
    if (const auto one = weak.lock()) one->give_up();
  for (const auto& one : connections()) one->close();
}

std::vector<std::shared_ptr<connection>> listener::connections() {
  std::vector<std::shared_ptr<connection>> out;
  for (const auto& weak : connections_)
    if (auto one = weak.lock()) out.push_back(std::move(one));
  return out;
}

void listener::accept() {
  acceptor_.async_accept(
      [this, alive = std::weak_ptr<int>(alive_)](const error_code& error, tcp::socket socket) {
        if (alive.expired() || !acceptor_.is_open() || error == asio::error::operation_aborted)
          return;
        const auto expired = [](const auto& weak) { return weak.expired(); };
        std::erase_if(connections_, expired);
        std::erase_if(handshakes_, expired);
        if (!error && connections_.size() + handshakes_.size() < connection_limit)
          shake_hands(std::move(socket));
        accept();
      });
}

void listener::shake_hands(tcp::socket socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  const auto shaking = std::make_shared<handshake>(std::move(socket), tls_);
  handshakes_.push_back(shaking);
  shaking->timer.expires_after(handshake_limit);
  shaking->timer.async_wait([shaking](const error_code& error) {
    if (!error) shaking->give_up();
  });
  shaking->stream->async_handshake(
      asio::ssl::stream_base::server,
      [this, shaking, alive = std::weak_ptr<int>(alive_)](const error_code& error) {
        shaking->timer.cancel();
        if (error || shaking->given_up || alive.expired()) return;
        start(std::move(shaking->stream));
      });
}

// APNs is known to serve clients that send no ALPN at all.
void listener::start(std::unique_ptr<tls_stream> stream) {
  const bool is_h2 = chose(*stream, h2) || !context_.of.speaks_http1();
  const auto made = is_h2 ? make_http2_connection(std::move(stream), context_)
                          : make_http1_connection(std::move(stream), context_);
  ++accepted_;
  connections_.push_back(made);
  made->start();
}

}  // namespace paperboy::simulators
