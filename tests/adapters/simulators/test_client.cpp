#include "tests/adapters/simulators/test_client.hpp"

#include <arpa/inet.h>
#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <functional>
#include <stdexcept>

#include "adapters/simulators/openssl_handles.hpp"

#include <openssl/pem.h>

namespace paperboy::simulators::test {
namespace {

using context_handle = std::unique_ptr<SSL_CTX, openssl_free<SSL_CTX_free>>;
using ssl_handle = std::unique_ptr<SSL, openssl_free<SSL_free>>;
using clock = std::chrono::steady_clock;

bool connect_to(int fd, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  timeval patience{test_client::limit.count(), 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

class tls_socket {
 public:
  tls_socket(std::uint16_t port, const std::string& ca, const std::vector<std::string>& protocols);
  ~tls_socket() { ::close(fd_); }

  // Bytes, 0 at the end or on an error, or -1 when nothing came in time.
  int read(std::array<std::uint8_t, 16384>& into, clock::time_point until);
  bool write(const std::uint8_t* bytes, std::size_t size);
  std::string protocol() const;

 private:
  int fd_;
  context_handle context_;
  ssl_handle ssl_;
};

tls_socket::tls_socket(std::uint16_t port, const std::string& ca,
                       const std::vector<std::string>& protocols)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      context_(SSL_CTX_new(TLS_client_method())) {
  std::signal(SIGPIPE, SIG_IGN);
  const bio_handle bio(BIO_new_mem_buf(ca.data(), static_cast<int>(ca.size())));
  const certificate_handle root(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), root.get());
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  ssl_.reset(SSL_new(context_.get()));
  SSL_set_tlsext_host_name(ssl_.get(), "localhost");
  SSL_set1_host(ssl_.get(), "localhost");
  std::vector<unsigned char> offer;
  for (const std::string& name : protocols) {
    offer.push_back(static_cast<unsigned char>(name.size()));
    offer.insert(offer.end(), name.begin(), name.end());
  }
  SSL_set_alpn_protos(ssl_.get(), offer.data(), static_cast<unsigned>(offer.size()));
  if (!connect_to(fd_, port)) {
    ::close(fd_);
    throw std::runtime_error("connection refused");
  }
  SSL_set_fd(ssl_.get(), fd_);
  if (SSL_connect(ssl_.get()) != 1) {
    ::close(fd_);
    throw std::runtime_error("handshake failed");
  }
}

int tls_socket::read(std::array<std::uint8_t, 16384>& into, clock::time_point until) {
  if (SSL_pending(ssl_.get()) == 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now());
    pollfd waiting{fd_, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return -1;
  }
  return std::max(0, SSL_read(ssl_.get(), into.data(), static_cast<int>(into.size())));
}

bool tls_socket::write(const std::uint8_t* bytes, std::size_t size) {
  return SSL_write(ssl_.get(), bytes, static_cast<int>(size)) > 0;
}

std::string tls_socket::protocol() const {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {name, name + size};
}

}  // namespace

struct test_client::parts {
  parts(std::uint16_t port, const std::string& ca, const std::vector<std::string>& protocols)
      : socket(port, ca, protocols) {}
  ~parts() { nghttp2_session_del(session); }

  struct stream {
    reply answer;
    std::string body;
    std::size_t sent = 0;
  };

  static parts& of(void* self) { return *static_cast<parts*>(self); }
  static int frame(nghttp2_session*, const nghttp2_frame* f, void* self) noexcept;
  static int header(nghttp2_session*, const nghttp2_frame* f, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                    std::uint8_t, void* self) noexcept;
  static int chunk(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes,
                   std::size_t size, void* self) noexcept;
  static int closed(nghttp2_session*, std::int32_t id, std::uint32_t, void* self) noexcept;
  static ssize_t body(nghttp2_session*, std::int32_t, std::uint8_t* to, std::size_t size,
                      std::uint32_t* flags, nghttp2_data_source* source, void*) noexcept;

  void flush();
  bool pump(const std::function<bool()>& done);
  // nghttp2 drops frames for streams that are closed; what is on the wire is read here too.
  void scan(const std::uint8_t* bytes, std::size_t size);

  tls_socket socket;
  nghttp2_session* session = nullptr;
  std::map<std::int32_t, stream> streams;
  std::vector<std::uint32_t> limits;
  std::vector<goaway> goaways;
  std::vector<std::uint8_t> wire;
  std::size_t pings = 0;
  std::size_t acknowledged = 0;
  std::size_t over = 0;
  bool ended = false;
};

void test_client::parts::scan(const std::uint8_t* bytes, std::size_t size) {
  wire.insert(wire.end(), bytes, bytes + size);
  std::size_t at = 0;
  const auto number = [this](std::size_t from) {
    return static_cast<std::uint32_t>(wire[from] << 24 | wire[from + 1] << 16 |
                                      wire[from + 2] << 8 | wire[from + 3]);
  };
  while (wire.size() - at >= 9) {
    const std::size_t length =
        static_cast<std::size_t>(wire[at] << 16 | wire[at + 1] << 8 | wire[at + 2]);
    if (wire.size() - at < 9 + length) break;
    const auto id = static_cast<std::int32_t>(number(at + 5) & 0x7fffffff);
    if (wire[at + 3] == NGHTTP2_RST_STREAM) streams[id].answer.resets.push_back(number(at + 9));
    if (wire[at + 3] == NGHTTP2_DATA) streams[id].answer.data_frames.push_back(length);
    at += 9 + length;
  }
  wire.erase(wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(at));
}

int test_client::parts::frame(nghttp2_session*, const nghttp2_frame* f, void* self) noexcept {
  parts& p = of(self);
  const bool ack = (f->hd.flags & NGHTTP2_FLAG_ACK) != 0;
  if (f->hd.type == NGHTTP2_SETTINGS && !ack) {
    for (std::size_t i = 0; i < f->settings.niv; ++i)
      if (f->settings.iv[i].settings_id == NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS)
        p.limits.push_back(f->settings.iv[i].value);
  } else if (f->hd.type == NGHTTP2_GOAWAY) {
    const auto* text = reinterpret_cast<const char*>(f->goaway.opaque_data);
    p.goaways.push_back({f->goaway.last_stream_id, f->goaway.error_code,
                         std::string(text, f->goaway.opaque_data_len)});
  } else if (f->hd.type == NGHTTP2_PING) {
    ++(ack ? p.acknowledged : p.pings);
  } else if (f->hd.type == NGHTTP2_HEADERS) {
    p.streams[f->hd.stream_id].answer.headers_end_stream =
        (f->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  }
  return 0;
}

int test_client::parts::header(nghttp2_session*, const nghttp2_frame* f, const std::uint8_t* name,
                               std::size_t name_size, const std::uint8_t* value,
                               std::size_t value_size, std::uint8_t, void* self) noexcept {
  reply& r = of(self).streams[f->hd.stream_id].answer;
  const std::string key(name, name + name_size);
  const std::string text(value, value + value_size);
  if (key == ":status") r.status = std::stoi(text);
  r.headers.emplace(key, text);
  return 0;
}

int test_client::parts::chunk(nghttp2_session*, std::uint8_t, std::int32_t id,
                              const std::uint8_t* bytes, std::size_t size, void* self) noexcept {
  of(self).streams[id].answer.body.append(bytes, bytes + size);
  return 0;
}

int test_client::parts::closed(nghttp2_session*, std::int32_t id, std::uint32_t,
                               void* self) noexcept {
  of(self).streams[id].answer.closed = true;
  ++of(self).over;
  return 0;
}

ssize_t test_client::parts::body(nghttp2_session*, std::int32_t, std::uint8_t* to, std::size_t size,
                                 std::uint32_t* flags, nghttp2_data_source* source,
                                 void*) noexcept {
  auto& s = *static_cast<stream*>(source->ptr);
  const std::size_t count = std::min(size, s.body.size() - s.sent);
  std::copy_n(s.body.begin() + static_cast<std::ptrdiff_t>(s.sent), count, to);
  s.sent += count;
  if (s.sent == s.body.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(count);
}

void test_client::parts::flush() {
  std::vector<std::uint8_t> out;
  const std::uint8_t* bytes = nullptr;
  for (;;) {
    const ssize_t size = nghttp2_session_mem_send(session, &bytes);
    if (size <= 0) break;
    out.insert(out.end(), bytes, bytes + size);
  }
  if (!out.empty() && !socket.write(out.data(), out.size())) ended = true;
}

bool test_client::parts::pump(const std::function<bool()>& done) {
  const auto until = clock::now() + limit;
  std::array<std::uint8_t, 16384> in;
  flush();
  while (!done() && !ended) {
    const int size = socket.read(in, until);
    if (size < 0) return done();
    if (size == 0) {
      ended = true;
      break;
    }
    scan(in.data(), static_cast<std::size_t>(size));
    if (nghttp2_session_mem_recv(session, in.data(), static_cast<std::size_t>(size)) < 0)
      ended = true;
    flush();
  }
  return done();
}

test_client::test_client(std::uint16_t port, const std::string& ca,
                         const std::vector<std::string>& protocols)
    : parts_(std::make_unique<parts>(port, ca, protocols)) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, parts::frame);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, parts::header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, parts::chunk);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, parts::closed);
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_peer_max_concurrent_streams(option, 1000);
  nghttp2_session_client_new2(&parts_->session, callbacks, parts_.get(), option);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  const nghttp2_settings_entry settings{NGHTTP2_SETTINGS_ENABLE_PUSH, 0};
  nghttp2_submit_settings(parts_->session, NGHTTP2_FLAG_NONE, &settings, 1);
}

test_client::~test_client() = default;

std::int32_t test_client::submit(const header_list& headers, const std::string& body) {
  std::vector<nghttp2_nv> list;
  for (const auto& [name, value] : headers) {
    const auto bytes = [](const std::string& text) {
      return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    };
    list.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  const auto next = static_cast<std::int32_t>(nghttp2_session_get_next_stream_id(parts_->session));
  parts::stream& s = parts_->streams[next];
  s.body = body;
  nghttp2_data_provider provider{};
  provider.source.ptr = &s;
  provider.read_callback = parts::body;
  return nghttp2_submit_request(parts_->session, nullptr, list.data(), list.size(),
                                body.empty() ? nullptr : &provider, nullptr);
}

void test_client::ping() {
  nghttp2_submit_ping(parts_->session, NGHTTP2_FLAG_NONE, nullptr);
}

const reply& test_client::wait(std::int32_t id) {
  const reply& r = parts_->streams[id].answer;
  parts_->pump([&r] { return r.closed; });
  return r;
}

bool test_client::wait_for_goaway() {
  return parts_->pump([this] { return !parts_->goaways.empty(); });
}

bool test_client::wait_for_end() {
  return parts_->pump([] { return false; }) || parts_->ended;
}

bool test_client::wait_for_stream_limit(std::uint32_t value) {
  return parts_->pump(
      [this, value] { return !parts_->limits.empty() && parts_->limits.back() == value; });
}

bool test_client::wait_for_ping() {
  return parts_->pump([this] { return parts_->pings > 0; });
}

bool test_client::wait_for_replies(std::size_t count) {
  return parts_->pump([this, count] { return parts_->over >= count; });
}

void test_client::send() {
  parts_->flush();
}

bool test_client::settle() {
  const std::size_t before = parts_->acknowledged;
  ping();
  return parts_->pump([this, before] { return parts_->acknowledged > before; });
}

const std::vector<std::uint32_t>& test_client::stream_limits() const {
  return parts_->limits;
}
const std::vector<goaway>& test_client::goaways() const {
  return parts_->goaways;
}
const reply& test_client::at(std::int32_t id) {
  return parts_->streams[id].answer;
}
std::string test_client::protocol() const {
  return parts_->socket.protocol();
}

std::string http1(std::uint16_t port, const std::string& ca, const std::string& requests,
                  std::size_t answers) {
  tls_socket socket(port, ca, {"http/1.1"});
  const std::vector<std::uint8_t> bytes(requests.begin(), requests.end());
  socket.write(bytes.data(), bytes.size());
  std::string out;
  std::array<std::uint8_t, 16384> in;
  const auto until = clock::now() + test_client::limit;
  const auto complete = [&out, answers] {
    std::size_t seen = 0;
    std::size_t at = 0;
    while (seen < answers) {
      const std::size_t end = out.find("\r\n\r\n", at);
      if (end == out.npos) return false;
      const std::size_t length = out.find("content-length: ", at);
      if (length > end) return false;
      at = end + 4 + std::stoul(out.substr(length + 16));
      if (at > out.size()) return false;
      ++seen;
    }
    return true;
  };
  while (!complete()) {
    const int size = socket.read(in, until);
    if (size <= 0) break;
    out.append(in.begin(), in.begin() + size);
  }
  return out;
}

bool takes_tls_1_1(std::uint16_t port) {
  const context_handle context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_1_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
  const ssl_handle ssl(SSL_new(context.get()));
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool connected = connect_to(fd, port);
  SSL_set_fd(ssl.get(), fd);
  const bool taken = connected && SSL_connect(ssl.get()) == 1;
  ::close(fd);
  return taken;
}

}  // namespace paperboy::simulators::test
