#include "adapters/net/seal.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "core/domain/identifiers.hpp"

namespace paperboy::net {
namespace {

std::string hex(const seal::mac& mac) {
  return to_hex({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

const std::string secret = "0123456789abcdef0123456789abcdef";

// printf '\x01pbytes' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
TEST(hmac_seal, is_the_hmac_of_purpose_and_bytes_cut_to_sixteen_bytes) {
  EXPECT_EQ(hex(hmac_seal(secret).sign("p", "bytes")), "cb45b76a138dad6455c56bc48fe90821");
}

TEST(hmac_seal, signs_the_same_every_time) {
  const hmac_seal s(secret);
  const auto first = s.sign("p", "bytes");
  s.sign("q", "others");
  EXPECT_EQ(s.sign("p", "bytes"), first);
}

TEST(hmac_seal, keeps_purposes_installations_and_bytes_apart) {
  const hmac_seal s(secret);
  const auto mac = s.sign("ab", "c");
  EXPECT_NE(s.sign("a", "bc"), mac);
  EXPECT_NE(s.sign("ab", "d"), mac);
  EXPECT_NE(hmac_seal("another secret of good length").sign("ab", "c"), mac);
}

TEST(hmac_seal, signs_with_its_own_secret_whoever_signed_before_on_the_thread) {
  const hmac_seal s(secret), other("another secret of good length");
  const auto first = s.sign("p", "bytes"), second = other.sign("p", "bytes");
  EXPECT_NE(first, second);
  EXPECT_EQ(s.sign("p", "bytes"), first);
  EXPECT_EQ(other.sign("p", "bytes"), second);
  // A new seal may stand where one stood that is gone.
  for (const char last : {'a', 'b', 'c'}) {
    const std::string fresh = secret + last;
    EXPECT_NE(hmac_seal(fresh).sign("p", "bytes"), first);
  }
}

TEST(hmac_seal, refuses_a_short_secret) {
  EXPECT_THROW(hmac_seal("fifteen bytes.."), std::invalid_argument);
}

}  // namespace
}  // namespace paperboy::net
