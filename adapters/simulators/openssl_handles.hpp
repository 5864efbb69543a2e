#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

namespace paperboy::simulators {

template <auto Free>
struct openssl_free {
  template <class T>
  void operator()(T* pointer) const noexcept {
    Free(pointer);
  }
};

using key_handle = std::unique_ptr<EVP_PKEY, openssl_free<EVP_PKEY_free>>;
using digest_handle = std::unique_ptr<EVP_MD_CTX, openssl_free<EVP_MD_CTX_free>>;
using bio_handle = std::unique_ptr<BIO, openssl_free<BIO_vfree>>;
using certificate_handle = std::unique_ptr<X509, openssl_free<X509_free>>;
using extension_handle = std::unique_ptr<X509_EXTENSION, openssl_free<X509_EXTENSION_free>>;
using number_handle = std::unique_ptr<BIGNUM, openssl_free<BN_free>>;
using signature_handle = std::unique_ptr<ECDSA_SIG, openssl_free<ECDSA_SIG_free>>;

// A PEM key, private or public; null when it is neither.
key_handle read_key(std::string_view pem);

}  // namespace paperboy::simulators
