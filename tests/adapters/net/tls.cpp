#include "adapters/net/tls.hpp"

#include <gtest/gtest.h>

#include "tests/adapters/net/certificates.hpp"

namespace paperboy::net {
namespace {

using testing::scratch_directory;

std::string refusal(const std::string& ca_file) {
  try {
    tls_client(ca_file, application_protocol::http2);
  } catch (const tls_error& error) {
    return error.what();
  }
  return {};
}

TEST(tls, says_which_trust_file_is_no_good) {
  const scratch_directory directory;
  EXPECT_EQ(refusal("/nowhere/ca.pem").find("/nowhere/ca.pem: no certificate to trust"), 0U);
  const std::string junk = directory.write("junk.pem", "not a certificate");
  EXPECT_EQ(refusal(junk).find(junk + ": no certificate to trust"), 0U);
}

TEST(tls, uses_the_systems_roots_when_no_file_is_named) {
  EXPECT_EQ(refusal(""), "");
}

TEST(tls, says_which_file_of_a_listener_is_no_good) {
  const scratch_directory directory;
  const auto one = testing::make_certificate(directory, "one-");
  const auto two = testing::make_certificate(directory, "two-");
  EXPECT_NO_THROW(tls_server(one.certificate, one.key, {}));
  EXPECT_THROW(tls_server("/nowhere.pem", one.key, {}), tls_error);
  EXPECT_THROW(tls_server(one.certificate, "/nowhere.pem", {}), tls_error);
  EXPECT_THROW(tls_server(one.certificate, two.key, {}), tls_error);
}

}  // namespace
}  // namespace paperboy::net
