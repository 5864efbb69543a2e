#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace paperboy::net {

// A key or account file that cannot be used. what() says what is wrong with it, never what is in
// it.
class credential_error : public std::runtime_error {
  using runtime_error::runtime_error;
};

enum class signature_algorithm {
  es256,  // ECDSA on P-256 with SHA-256, as 64 bytes r || s (RFC 7518 section 3.4)
  rs256,  // RSASSA-PKCS1-v1_5 with SHA-256 (section 3.3); 2048 bits and more
};

// A private key that signs JSON Web Tokens (RFC 7515, compact form). Copies share the key; several
// threads may sign with one.
class token_signer {
 public:
  // `pem`: an unencrypted private key, PKCS#8 or the algorithm's own form. credential_error says
  // what it is instead.
  token_signer(signature_algorithm algorithm, std::string_view pem);

  // `header` and `claims` are JSON. std::runtime_error if OpenSSL fails.
  std::string sign(std::string_view header, std::string_view claims) const;

 private:
  signature_algorithm algorithm_;
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace paperboy::net
