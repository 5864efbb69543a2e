#include "adapters/simulators/listener.hpp"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <optional>

#include "adapters/simulators/gateway_simulator.hpp"
#include "adapters/simulators/openssl_handles.hpp"

namespace paperboy::simulators::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// The first flight of a client that wants HTTP/2.
std::string client_hello() {
  const std::unique_ptr<SSL_CTX, openssl_free<SSL_CTX_free>> context(
      SSL_CTX_new(TLS_client_method()));
  const std::unique_ptr<SSL, openssl_free<SSL_free>> tls(SSL_new(context.get()));
  SSL_set_bio(tls.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  constexpr std::array<unsigned char, 3> h2{2, 'h', '2'};
  SSL_set_alpn_protos(tls.get(), h2.data(), h2.size());
  SSL_set_connect_state(tls.get());
  SSL_do_handshake(tls.get());
  std::string hello(BIO_ctrl_pending(SSL_get_wbio(tls.get())), '\0');
  BIO_read(SSL_get_wbio(tls.get()), hello.data(), static_cast<int>(hello.size()));
  return hello;
}

// Several handshakes at once, so that one has come in while another is looked at.
TEST(listener, may_go_at_any_moment_of_a_handshake_while_its_loop_goes_on) {
  const std::string hello = client_hello();
  ASSERT_GT(hello.size(), 100U);
  gateway_options options;
  options.identity = make_server_identity();
  bool saw_handshakes_end = false;
  for (int steps = 0; steps < 40; ++steps) {
    asio::io_context io(1);
    std::optional<gateway_simulator> simulator(std::in_place, io, options);
    asio::io_context own(1);
    std::deque<tcp::socket> clients;
    for (const gateway_name gateway : {gateway_name::apns, gateway_name::apns, gateway_name::fcm}) {
      tcp::socket& client = clients.emplace_back(own);
      client.connect({asio::ip::address_v4::loopback(), simulator->port(gateway)});
      asio::write(client, asio::buffer(hello));
    }
    for (int i = 0; i < steps; ++i) io.poll_one();
    simulator.reset();
    io.run();
    // What the server said to the hello, if it came that far.
    boost::system::error_code ignored;
    saw_handshakes_end = saw_handshakes_end || clients.front().available(ignored) > 0;
  }
  EXPECT_TRUE(saw_handshakes_end) << "the steps do not reach as far as a ServerHello";
}

}  // namespace
}  // namespace paperboy::simulators::test
