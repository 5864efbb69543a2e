#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>

#include "tests/adapters/http/running_server.hpp"
#include "tests/adapters/net/certificates.hpp"

namespace paperboy::http::testing {
namespace {

net::tls_context context_of(const net::testing::server_files& files) {
  const std::array protocols{net::application_protocol::http1};
  return net::tls_server(files.certificate, files.key, protocols);
}

// A blocking TLS client that asks once.
class tls_client {
 public:
  tls_client(std::uint16_t port, int most_version, const char* ciphers = nullptr)
      : context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free),
        tls_(nullptr, &SSL_free),
        socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_max_proto_version(context_.get(), most_version);
    if (ciphers != nullptr) SSL_CTX_set_cipher_list(context_.get(), ciphers);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    tls_.reset(SSL_new(context_.get()));
    SSL_set_fd(tls_.get(), socket_);
    connected_ = SSL_connect(tls_.get()) == 1;
  }
  ~tls_client() { ::close(socket_); }
  tls_client(const tls_client&) = delete;
  tls_client& operator=(const tls_client&) = delete;

  bool connected() const { return connected_; }
  std::string version() const { return SSL_get_version(tls_.get()); }
  std::string serial() const {
    const X509* const certificate = SSL_get0_peer_certificate(tls_.get());
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    X509_digest(certificate, EVP_sha256(), hash, &size);
    return {reinterpret_cast<const char*>(hash), size};
  }

  // All that comes until the server ends the connection.
  std::string ask(const std::string& request) {
    SSL_write(tls_.get(), request.data(), static_cast<int>(request.size()));
    std::string all;
    char bytes[4096];
    for (int n = 0; (n = SSL_read(tls_.get(), bytes, sizeof bytes)) > 0;) {
      all.append(bytes, static_cast<std::size_t>(n));
    }
    ended_cleanly_ = (SSL_get_shutdown(tls_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
    return all;
  }
  bool ended_cleanly() const { return ended_cleanly_; }

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_;
  int socket_;
  bool connected_ = false;
  bool ended_cleanly_ = false;
};

const std::string last_get = "GET /openapi.json HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

struct tls_server {
  tls_server() {
    server_options options;
    options.tls = context_of(net::testing::server_certificate());
    server = std::make_unique<running_server>(std::move(options));
  }
  std::unique_ptr<running_server> server;
};

TEST(http_tls, serves_over_1_2_and_1_3) {
  tls_server s;
  for (const auto& [version, name] :
       {std::pair{TLS1_2_VERSION, "TLSv1.2"}, std::pair{TLS1_3_VERSION, "TLSv1.3"}}) {
    tls_client client(s.server->port(), version);
    ASSERT_TRUE(client.connected());
    EXPECT_EQ(client.version(), name);
    const std::string answer = client.ask(last_get);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_NE(answer.find("Strict-Transport-Security: max-age=63072000\r\n"), std::string::npos);
    EXPECT_TRUE(client.ended_cleanly());
  }
}

TEST(http_tls, refuses_old_versions_and_weak_suites) {
  tls_server s;
  EXPECT_FALSE(tls_client(s.server->port(), TLS1_1_VERSION).connected());
  for (const auto* suite :
       {"ECDHE-ECDSA-AES128-SHA", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-SHA384"}) {
    EXPECT_FALSE(tls_client(s.server->port(), TLS1_2_VERSION, suite).connected()) << suite;
  }
}

TEST(http_tls, tells_a_plain_request_so_in_plain_text) {
  tls_server s;
  raw_client client(s.server->port());
  client.send(request_text("GET", "/openapi.json"));
  const auto a = client.receive();
  ASSERT_TRUE(a);
  EXPECT_EQ(a->status, 400U);
  EXPECT_EQ(a->slug(), "tls-required");
  EXPECT_TRUE(client.closed_by_server());
}

TEST(http_tls, ends_a_handshake_that_does_not_come) {
  server_options options;
  options.tls = context_of(net::testing::server_certificate());
  options.limits.handshake = std::chrono::milliseconds(100);
  running_server server(std::move(options));
  raw_client silent(server.port());
  EXPECT_FALSE(silent.receive());
  raw_client half(server.port());
  half.send("\x16\x03\x01");
  EXPECT_FALSE(half.receive());
}

TEST(http_tls, a_new_certificate_is_for_new_connections) {
  tls_server s;
  tls_client before(s.server->port(), TLS1_3_VERSION);
  const net::testing::scratch_directory folder;
  const auto fresh = context_of(net::testing::make_certificate(folder, "fresh-"));
  s.server->on_loop([&fresh](listener& l) { l.replace_tls(fresh); });
  tls_client after(s.server->port(), TLS1_3_VERSION);
  ASSERT_TRUE(before.connected() && after.connected());
  EXPECT_NE(before.serial(), after.serial());
  EXPECT_TRUE(before.ask(last_get).starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(after.ask(last_get).starts_with("HTTP/1.1 200"));
}

}  // namespace
}  // namespace paperboy::http::testing
