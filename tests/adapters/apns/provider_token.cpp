#include "adapters/apns/provider_token.hpp"

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <boost/beast/core/detail/base64.hpp>
#include <boost/json.hpp>
#include <memory>
#include <thread>

#include "adapters/simulators/credentials.hpp"

namespace paperboy::apns {
namespace {

using namespace std::chrono_literals;

const simulators::apns_credential& credential() {
  static const auto made = simulators::make_apns_credential("TEAM123456", "ABC123DEFG");
  return made;
}

moment at(std::chrono::seconds after, std::chrono::seconds wall_off = 0s) {
  return {std::chrono::system_clock::time_point(1'800'000'000s + after + wall_off),
          std::chrono::steady_clock::time_point(100'000s + after)};
}

std::string decode(std::string_view text) {
  std::string padded(text);
  std::ranges::replace(padded, '-', '+');
  std::ranges::replace(padded, '_', '/');
  std::string out(boost::beast::detail::base64::decoded_size(padded.size() + 4), '\0');
  const auto read = boost::beast::detail::base64::decode(out.data(), padded.data(), padded.size());
  out.resize(read.first);
  return out;
}

struct parts {
  std::string signed_text, header, claims, signature;
};

parts split(const std::string& authorization) {
  const std::string token = authorization.substr(std::string_view("bearer ").size());
  const auto first = token.find('.');
  const auto second = token.find('.', first + 1);
  return {token.substr(0, second), decode(token.substr(0, first)),
          decode(token.substr(first + 1, second - first - 1)), decode(token.substr(second + 1))};
}

bool verifies(const parts& token, const std::string& public_key) {
  const std::unique_ptr<BIO, int (*)(BIO*)> bio(
      BIO_new_mem_buf(public_key.data(), static_cast<int>(public_key.size())), &BIO_free);
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
      PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  const auto* raw = reinterpret_cast<const unsigned char*>(token.signature.data());
  const std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG*)> signature(ECDSA_SIG_new(),
                                                                   &ECDSA_SIG_free);
  ECDSA_SIG_set0(signature.get(), BN_bin2bn(raw, 32, nullptr), BN_bin2bn(raw + 32, 32, nullptr));
  unsigned char* der = nullptr;
  const int der_size = i2d_ECDSA_SIG(signature.get(), &der);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> digest(EVP_MD_CTX_new(),
                                                                  &EVP_MD_CTX_free);
  EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get());
  const int good = EVP_DigestVerify(
      digest.get(), der, static_cast<std::size_t>(der_size),
      reinterpret_cast<const unsigned char*>(token.signed_text.data()), token.signed_text.size());
  OPENSSL_free(der);
  return good == 1;
}

struct provider_token_test : testing::Test {
  provider_token_minter minter{credential().team_id, credential().key_id, credential().private_key};
};

TEST_F(provider_token_test, is_signed_as_jose_wants_it) {
  for (int i = 0; i < 20; ++i) {
    provider_token_minter fresh("TEAM123456", credential().key_id, credential().private_key);
    const parts token = split(fresh.current(at(0s))->authorization);
    EXPECT_EQ(token.header, R"({"alg":"ES256","kid":"ABC123DEFG"})");
    EXPECT_EQ(token.claims, R"({"iss":"TEAM123456","iat":1800000000})");
    ASSERT_EQ(token.signature.size(), 64U);
    EXPECT_TRUE(verifies(token, credential().public_key));
  }
}

TEST_F(provider_token_test, is_one_for_fifty_minutes) {
  const auto first = minter.current(at(0s));
  EXPECT_EQ(minter.current(at(50min - 1s)), first);
  const auto second = minter.current(at(50min));
  EXPECT_NE(second, first);
  EXPECT_EQ(second->generation, first->generation + 1);
}

TEST_F(provider_token_test, is_stale_when_the_wall_clock_says_so) {
  const auto first = minter.current(at(0s));
  EXPECT_EQ(minter.current(at(10min, 2h)), first) << "within twenty minutes of the last";
  EXPECT_NE(minter.current(at(21min, 2h)), first);
}

TEST_F(provider_token_test, is_stale_after_the_clock_went_back_but_waits_twenty_minutes) {
  const auto first = minter.current(at(0s));
  EXPECT_EQ(minter.current(at(10s, -1h)), first);
  EXPECT_EQ(minter.current(at(20min - 1s, -1h)), first);
  EXPECT_NE(minter.current(at(20min, -1h)), first);
}

TEST_F(provider_token_test, is_minted_at_most_once_in_twenty_minutes_whatever_apple_says) {
  const auto first = minter.current(at(0s));
  EXPECT_FALSE(minter.expired(first->generation, at(5min)));
  EXPECT_EQ(minter.current(at(5min)), first);
  EXPECT_TRUE(minter.expired(first->generation, at(20min)));
  const auto second = minter.current(at(20min));
  EXPECT_NE(second, first);
  EXPECT_TRUE(minter.expired(first->generation, at(20min))) << "there is a newer one already";
  EXPECT_EQ(minter.current(at(20min)), second);
}

TEST_F(provider_token_test, is_minted_at_once_when_the_key_was_replaced) {
  const auto first = minter.current(at(0s));
  const auto other = simulators::make_apns_credential("TEAM123456", "ZZZ999YYYY");
  minter.replace_key(other.key_id, other.private_key, at(1s));
  const auto second = minter.current(at(1s));
  EXPECT_NE(second, first);
  EXPECT_TRUE(verifies(split(second->authorization), other.public_key));
}

TEST_F(provider_token_test, stays_when_the_same_key_is_put_in_place_again) {
  const auto first = minter.current(at(0s));
  minter.replace_key(credential().key_id, credential().private_key, at(1s));
  EXPECT_EQ(minter.current(at(1s)), first);
}

TEST_F(provider_token_test, is_the_same_for_every_thread) {
  std::vector<std::shared_ptr<const net::bearer_token>> seen(8);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : seen) {
      threads.emplace_back([&mine, this] { mine = minter.current(at(0s)); });
    }
  }
  for (const auto& one : seen) EXPECT_EQ(one, seen[0]);
}

TEST(provider_tokens, are_one_for_all_apps_of_a_team_and_key) {
  provider_tokens all;
  const auto& key = credential().private_key;
  EXPECT_EQ(all.of("TEAM123456", "ABC123DEFG", key), all.of("TEAM123456", "ABC123DEFG", key));
  EXPECT_NE(all.of("TEAM123456", "ABC123DEFG", key), all.of("TEAM123456", "ABC123DEFH", key));
  EXPECT_NE(all.of("TEAM123456", "ABC123DEFG", key), all.of("TEAM123457", "ABC123DEFG", key));
}

TEST(signing_key, that_cannot_sign_for_apple_is_refused_without_being_shown) {
  const auto rsa = simulators::make_fcm_credential("p").private_key;
  const auto refusal = [](std::string_view pem) -> std::string {
    try {
      provider_token_minter("TEAM123456", "ABC123DEFG", pem);
    } catch (const net::credential_error& error) {
      return error.what();
    }
    return {};
  };
  EXPECT_EQ(refusal(rsa), "the private key is not an elliptic curve key on P-256");
  EXPECT_EQ(refusal("junk"), "no unencrypted private key in PEM form");
  EXPECT_EQ(refusal(""), "no unencrypted private key in PEM form");
  EXPECT_EQ(refusal(credential().public_key), "no unencrypted private key in PEM form");
}

}  // namespace
}  // namespace paperboy::apns
