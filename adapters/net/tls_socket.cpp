#include "adapters/net/tls_socket.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace paperboy::net {
namespace {

constexpr std::size_t read_ahead = 64 * 1024;

int descriptor(BIO* bio) noexcept {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL: a peer that went away would end the
// process.
int send_bytes(BIO* bio, const char* bytes, int size) noexcept {
  BIO_clear_retry_flags(bio);
  const auto sent = ::send(descriptor(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int receive_bytes(BIO* bio, char* into, int size) noexcept {
  BIO_clear_retry_flags(bio);
  const auto got = ::recv(descriptor(bio), into, static_cast<std::size_t>(size), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(got);
}

long control(BIO* bio, int command, long, void*) noexcept {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_EOF:
      return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    default:
      return 0;
  }
}

BIO_METHOD* socket_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    BIO_meth_set_write(made, &send_bytes);
    BIO_meth_set_read(made, &receive_bytes);
    BIO_meth_set_ctrl(made, &control);
    return made;
  }();
  return method;
}

}  // namespace

tls_socket::tls_socket(boost::asio::ip::tcp::socket socket, const tls_context& context,
                       const std::string& host)
    : socket_(std::move(socket)), context_(context), tls_(SSL_new(context.get()), &SSL_free) {
  BIO* const bio = BIO_new(socket_method());
  if (!tls_ || bio == nullptr) {
    BIO_free(bio);
    throw tls_error("TLS cannot be set up for a connection");
  }
  BIO_set_data(bio, reinterpret_cast<void*>(std::intptr_t{socket_.native_handle()}));
  BIO_set_init(bio, 1);
  SSL_set_bio(tls_.get(), bio, bio);
  SSL_set_connect_state(tls_.get());
  SSL_set_read_ahead(tls_.get(), 1);
  SSL_set_default_read_buffer_len(tls_.get(), read_ahead);
  if (!expect_host(tls_.get(), host)) throw tls_error(host + ": not a host name for TLS");
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
}

tls_socket::~tls_socket() {
  close();
}

tls_socket::progress tls_socket::judge(int returned) noexcept {
  switch (SSL_get_error(tls_.get(), returned)) {
    case SSL_ERROR_NONE:
      return progress::done;
    case SSL_ERROR_WANT_READ:
      return progress::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return progress::wants_write;
    case SSL_ERROR_ZERO_RETURN:
      return progress::closed;
    case SSL_ERROR_SYSCALL:
      broken_ = true;
      failure_ = errno != 0 ? std::strerror(errno) : "the connection was closed";
      ERR_clear_error();
      return progress::failed;
    default:
      broken_ = true;
      failure_ = tls_failure(tls_.get());
      return progress::failed;
  }
}

tls_socket::progress tls_socket::handshake() noexcept {
  ERR_clear_error();
  errno = 0;
  return judge(SSL_do_handshake(tls_.get()));
}

tls_socket::progress tls_socket::read(std::span<char> into, std::size_t& count) noexcept {
  ERR_clear_error();
  errno = 0;
  const int got = SSL_read_ex(tls_.get(), into.data(), into.size(), &count);
  return got == 1 ? progress::done : judge(got);
}

tls_socket::progress tls_socket::write(std::span<const char> bytes, std::size_t& count) noexcept {
  ERR_clear_error();
  errno = 0;
  const int sent = SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &count);
  return sent == 1 ? progress::done : judge(sent);
}

std::string_view tls_socket::protocol() const noexcept {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(tls_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

void tls_socket::close() noexcept {
  if (!socket_.is_open()) return;
  if (!broken_ && SSL_is_init_finished(tls_.get()) == 1) SSL_shutdown(tls_.get());
  ERR_clear_error();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace paperboy::net
