#include "adapters/redis/transport.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <type_traits>
#include <utility>

#include "adapters/net/dial.hpp"
#include "adapters/net/tls.hpp"

namespace paperboy::redis {
namespace {

namespace asio = boost::asio;
using socket = asio::generic::stream_protocol::socket;
using tls_stream = asio::ssl::stream<socket>;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

template <class Stream>
class stream_transport final : public transport {
 public:
  template <class... Arguments>
  explicit stream_transport(Arguments&&... arguments)
      : stream_(std::forward<Arguments>(arguments)...) {}

  Stream& stream() noexcept { return stream_; }

  task<result<std::size_t>> read_some(std::span<char> into) override {
    const auto [failed, size] =
        co_await stream_.async_read_some(asio::buffer(into.data(), into.size()), as_result);
    if (failed) co_return failed;
    co_return size;
  }

  void write(std::shared_ptr<write_listener> listener) override {
    asio::async_write(stream_, asio::buffer(outgoing),
                      [self = shared_from_this(), listener = std::move(listener)](
                          error_code failed, std::size_t) { listener->written(self, failed); });
  }

  task<result<void>> write_all(std::string_view bytes) override {
    const auto [failed, size] =
        co_await asio::async_write(stream_, asio::buffer(bytes.data(), bytes.size()), as_result);
    if (failed) co_return failed;
    co_return result<void>{};
  }

  void close() noexcept override {
    error_code ignored;
    stream_.lowest_layer().close(ignored);
  }

 private:
  Stream stream_;
};

task<result<std::shared_ptr<transport>>> open_unix(asio::io_context& context,
                                                   const std::string& path, std::string& problem) {
  asio::local::stream_protocol::endpoint at;
  if (path.size() >= at.capacity()) {
    problem = "the path of the socket is too long for one";
    co_return errc::invalid;
  }
  at.path(path);
  auto opened = std::make_shared<stream_transport<socket>>(context);
  const auto [failed] = co_await opened->stream().async_connect(at, as_result);
  if (failed) {
    problem = failed.message();
    co_return errc::unavailable;
  }
  co_return opened;
}

// A context of ours for asio's stream. ALPN is for HTTP: a Redis speaks one protocol only.
task<result<std::shared_ptr<transport>>> open_tls(socket connected, const url& where,
                                                  std::string& problem) {
  net::tls_context trust;
  try {
    trust = net::tls_client(where.ca_file, net::application_protocol::http1);
  } catch (const net::tls_error& error) {
    problem = error.what();
    co_return errc::refused;
  }
  SSL_CTX_up_ref(trust.get());
  asio::ssl::context context{trust.get()};
  auto opened = std::make_shared<stream_transport<tls_stream>>(std::move(connected), context);
  SSL* const tls = opened->stream().native_handle();
  if (SSL_set_alpn_protos(tls, nullptr, 0) != 0 || !net::expect_host(tls, where.host)) {
    problem = "the host's name cannot be verified";
    co_return errc::refused;
  }
  const auto [failed] =
      co_await opened->stream().async_handshake(asio::ssl::stream_base::client, as_result);
  if (failed) {
    const std::string why = net::tls_failure(tls);
    problem = "TLS: " + (why.empty() ? failed.message() : why);
    co_return errc::unavailable;
  }
  co_return opened;
}

}  // namespace

task<result<std::shared_ptr<transport>>> open_transport(asio::io_context& context, const url& where,
                                                        std::string& problem) {
  if (where.kind == transport_kind::unix_socket) {
    co_return co_await open_unix(context, where.path, problem);
  }
  if (where.kind == transport_kind::embedded) {
    problem = "an embedded server is reached by its unix socket";
    co_return errc::invalid;
  }
  net::authority peer{where.host, where.port};
  auto dialled = co_await net::dial(context, std::move(peer), {});
  if (!dialled) {
    problem = dialled.error().message();
    co_return dialled.error();
  }
  socket connected{std::move(*dialled)};
  if (where.kind == transport_kind::tls) {
    co_return co_await open_tls(std::move(connected), where, problem);
  }
  co_return std::make_shared<stream_transport<socket>>(std::move(connected));
}

}  // namespace paperboy::redis
