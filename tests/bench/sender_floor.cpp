#include "tests/bench/sender_floor.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "adapters/apns/provider_token.hpp"
#include "tests/bench/gateways.hpp"

namespace paperboy::bench {
namespace {

constexpr std::size_t write_size = 16 * 1024;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "sender floor: %s\n", what);
  std::exit(1);
}

nghttp2_nv field(std::string_view name, std::string_view value, bool once = false) {
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(),
          static_cast<std::uint8_t>(NGHTTP2_NV_FLAG_NO_COPY_NAME |
                                    (once ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE))};
}

class bare_sender {
 public:
  explicit bare_sender(const floor_job& job) : job_(job) {
    connect();
    handshake();
    open_session();
  }

  ~bare_sender() {
    nghttp2_session_del(http2_);
    SSL_free(tls_);
    SSL_CTX_free(context_);
    ::close(epoll_);
    ::close(socket_);
  }

  std::size_t run() {
    for (std::size_t i = 0; i < std::min(job_.streams, job_.pushes); ++i) submit();
    while (done_ < job_.pushes) {
      write();
      wait();
      read();
    }
    return good_;
  }

 private:
  void connect() {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(job_.port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) fail("no connection");
    const int one = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  }

  void handshake() {
    context_ = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(context_, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    tls_ = SSL_new(context_);
    const std::array<unsigned char, 3> h2{2, 'h', '2'};
    SSL_set_alpn_protos(tls_, h2.data(), h2.size());
    SSL_set_fd(tls_, socket_);
    if (SSL_connect(tls_) != 1) fail("no TLS");
    ::fcntl(socket_, F_SETFL, O_NONBLOCK);
    epoll_ = ::epoll_create1(0);
    watch(EPOLLIN, EPOLL_CTL_ADD);
  }

  void watch(std::uint32_t events, int operation) {
    epoll_event event{};
    event.events = events;
    ::epoll_ctl(epoll_, operation, socket_, &event);
  }

  void open_session() {
    nghttp2_session_callbacks* table = nullptr;
    nghttp2_session_callbacks_new(&table);
    nghttp2_session_callbacks_set_on_header_callback(
        table,
        [](nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t name_size,
           const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* self) noexcept {
          if (name_size == 7 && std::memcmp(name, ":status", 7) == 0 && value_size == 3 &&
              std::memcmp(value, "200", 3) == 0) {
            ++static_cast<bare_sender*>(self)->good_;
          }
          return 0;
        });
    nghttp2_session_callbacks_set_on_stream_close_callback(
        table, [](nghttp2_session*, std::int32_t, std::uint32_t, void* self) noexcept {
          auto& me = *static_cast<bare_sender*>(self);
          ++me.done_;
          if (me.sent_ < me.job_.pushes) me.submit();
          return 0;
        });
    nghttp2_session_client_new(&http2_, table, this);
    nghttp2_session_callbacks_del(table);
    const nghttp2_settings_entry none{NGHTTP2_SETTINGS_ENABLE_PUSH, 0};
    nghttp2_submit_settings(http2_, NGHTTP2_FLAG_NONE, &none, 1);
    nghttp2_session_set_local_window_size(http2_, NGHTTP2_FLAG_NONE, 0, 1 << 20);
  }

  void submit() {
    std::array<char, 37> id;
    std::snprintf(id.data(), id.size(), "00000000-0000-4000-8000-%012zu", sent_);
    const std::string_view id_text(id.data(), 36);
    const bool apns = !job_.topic.empty();
    std::array<nghttp2_nv, 11> fields{
        field(":method", "POST"),
        field(":scheme", "https"),
        field(":path", job_.paths[sent_ % job_.paths.size()], apns),
        field(":authority", "localhost"),
        field("authorization", job_.authorization),
        field("apns-topic", job_.topic),
        field("apns-push-type", "alert"),
        field("apns-priority", "10"),
        field("apns-expiration", "1800000000", true),
        field("apns-collapse-id", id_text.substr(0, 22), true),
        field("apns-id", id_text, true)};
    if (!apns) fields[5] = field("content-type", "application/json");
    nghttp2_data_provider body{};
    body.source.fd = 0;  // how much of the body has gone
    body.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t* into, std::size_t room,
                            std::uint32_t* flags, nghttp2_data_source* source,
                            void* self) noexcept -> ssize_t {
      const std::string& text = static_cast<bare_sender*>(self)->job_.body;
      const auto gone = static_cast<std::size_t>(source->fd);
      const std::size_t size = std::min(room, text.size() - gone);
      std::memcpy(into, text.data() + gone, size);
      source->fd += static_cast<int>(size);
      if (gone + size == text.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
      return static_cast<ssize_t>(size);
    };
    if (nghttp2_submit_request(http2_, nullptr, fields.data(), apns ? fields.size() : 6, &body,
                               nullptr) < 0) {
      fail("no stream");
    }
    ++sent_;
  }

  void write() {
    for (;;) {
      while (out_size_ < write_size) {
        const std::uint8_t* frame = nullptr;
        const ssize_t size = nghttp2_session_mem_send(http2_, &frame);
        if (size <= 0) break;
        std::memcpy(out_.data() + out_size_, frame, static_cast<std::size_t>(size));
        out_size_ += static_cast<std::size_t>(size);
      }
      if (out_size_ == 0) break;
      const auto size = std::min(write_size, out_size_);
      const int wrote = SSL_write(tls_, out_.data(), static_cast<int>(size));
      if (wrote <= 0) {
        if (SSL_get_error(tls_, wrote) != SSL_ERROR_WANT_WRITE) fail("the peer went away");
        if (!std::exchange(blocked_, true)) watch(EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
        return;
      }
      out_size_ -= static_cast<std::size_t>(wrote);
      std::memmove(out_.data(), out_.data() + wrote, out_size_);
    }
    if (std::exchange(blocked_, false)) watch(EPOLLIN, EPOLL_CTL_MOD);
  }

  void wait() {
    epoll_event event{};
    ::epoll_wait(epoll_, &event, 1, 1000);
  }

  void read() {
    for (;;) {
      const int got = SSL_read(tls_, in_.data(), static_cast<int>(in_.size()));
      if (got <= 0) {
        if (SSL_get_error(tls_, got) != SSL_ERROR_WANT_READ) fail("the peer went away");
        return;
      }
      if (nghttp2_session_mem_recv(http2_, in_.data(), static_cast<std::size_t>(got)) < 0) {
        fail("the peer broke HTTP/2");
      }
    }
  }

  const floor_job& job_;
  int socket_ = -1;
  int epoll_ = -1;
  SSL_CTX* context_ = nullptr;
  SSL* tls_ = nullptr;
  nghttp2_session* http2_ = nullptr;
  std::size_t sent_ = 0;
  std::size_t done_ = 0;
  std::size_t good_ = 0;
  bool blocked_ = false;
  std::array<std::uint8_t, 16 * 1024> in_{};
  std::array<char, 64 * 1024> out_{};
  std::size_t out_size_ = 0;
};

}  // namespace

std::size_t send_bare(const floor_job& job) {
  return bare_sender(job).run();
}

floor_job apns_floor(const gateways& ways, std::size_t devices) {
  floor_job job;
  job.port = ways.nghttpd_port();
  job.topic = "com.example.news";
  const auto& key = ways.apns_key();
  apns::provider_token_minter minter(key.team_id, key.key_id, key.private_key);
  job.authorization = minter.current(apns::moment::now())->authorization;
  for (std::size_t i = 0; i < devices; ++i) job.paths.push_back(gateways::apns_path(i));
  job.body.assign(apns_body, 'x');
  return job;
}

floor_job fcm_floor(const gateways& ways) {
  floor_job job;
  job.port = ways.nghttpd_port();
  job.authorization = "Bearer ya29." + std::string(200, 'x');  // as long as Google's
  job.paths = {ways.fcm_path()};
  job.body.assign(fcm_body, 'x');
  return job;
}

}  // namespace paperboy::bench
