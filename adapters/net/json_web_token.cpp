#include "adapters/net/json_web_token.hpp"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <stdexcept>

#include "core/domain/base64url.hpp"

namespace paperboy::net {
namespace {

constexpr std::size_t coordinate = 32;  // bytes of r and of s on P-256
constexpr int least_rsa_bits = 2048;

// A key with a pass phrase is refused, not asked for on the terminal.
int no_pass_phrase(char*, int, int, void*) noexcept {
  return -1;
}

std::shared_ptr<EVP_PKEY> read_key(std::string_view pem) {
  const std::unique_ptr<BIO, int (*)(BIO*)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  EVP_PKEY* key =
      bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_pass_phrase, nullptr) : nullptr;
  ERR_clear_error();
  if (key == nullptr) throw credential_error("no unencrypted private key in PEM form");
  return {key, &EVP_PKEY_free};
}

void require_p256(EVP_PKEY* key) {
  std::array<char, 80> group{};
  if (EVP_PKEY_is_a(key, "EC") != 1 ||
      EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) != 1 ||
      std::string_view(group.data()) != "prime256v1") {
    throw credential_error("the private key is not an elliptic curve key on P-256");
  }
}

void require_rsa(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA") != 1) throw credential_error("the private key is not an RSA key");
  if (EVP_PKEY_get_bits(key) < least_rsa_bits) {
    throw credential_error("the RSA key is shorter than 2048 bits");
  }
}

std::string raw_signature(const std::string& der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG*)> parts(
      d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size())), &ECDSA_SIG_free);
  std::string raw(2 * coordinate, '\0');
  auto* out = reinterpret_cast<unsigned char*>(raw.data());
  if (!parts || BN_bn2binpad(ECDSA_SIG_get0_r(parts.get()), out, coordinate) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(parts.get()), out + coordinate, coordinate) < 0) {
    throw std::runtime_error("a signature could not be read");
  }
  return raw;
}

}  // namespace

token_signer::token_signer(signature_algorithm algorithm, std::string_view pem)
    : algorithm_(algorithm), key_(read_key(pem)) {
  if (algorithm == signature_algorithm::es256) {
    require_p256(key_.get());
  } else {
    require_rsa(key_.get());
  }
}

std::string token_signer::sign(std::string_view header, std::string_view claims) const {
  std::string token = to_base64url(header) + "." + to_base64url(claims);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> digest(EVP_MD_CTX_new(),
                                                                  &EVP_MD_CTX_free);
  const auto* bytes = reinterpret_cast<const unsigned char*>(token.data());
  std::size_t size = 0;
  if (!digest ||
      EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
      EVP_DigestSign(digest.get(), nullptr, &size, bytes, token.size()) != 1) {
    throw std::runtime_error("a token could not be signed");
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                     token.size()) != 1) {
    throw std::runtime_error("a token could not be signed");
  }
  signature.resize(size);
  if (algorithm_ == signature_algorithm::es256) signature = raw_signature(signature);
  token += '.';
  token += to_base64url(signature);
  return token;
}

}  // namespace paperboy::net
