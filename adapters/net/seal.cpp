#include "adapters/net/seal.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <new>
#include <stdexcept>

namespace paperboy::net {
namespace {

constexpr std::size_t least_secret_bytes = 16;
constexpr std::size_t digest_bytes = 32;

struct context_end {
  void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
};
using context = std::unique_ptr<EVP_MAC_CTX, context_end>;

const unsigned char* octets(std::string_view bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

// A context with the key set up, only ever copied: fetching HMAC and hashing the key for each MAC
// would cost more than the MAC. So would a copy for each, so that every thread keeps one, of the
// seal that it used last.
struct hmac_seal::state {
  context keyed;
  std::uint64_t number = next_number();  // never given again, as an address would be

  EVP_MAC_CTX* of_this_thread() const {
    struct copy {
      std::uint64_t of = 0;
      context keyed;
    };
    thread_local copy mine;
    if (mine.of != number) {
      mine.keyed.reset(EVP_MAC_CTX_dup(keyed.get()));
      mine.of = number;
    }
    // Without a key it begins anew under the one it has.
    const bool ready = mine.keyed && EVP_MAC_init(mine.keyed.get(), nullptr, 0, nullptr) == 1;
    if (!ready) throw std::bad_alloc();
    return mine.keyed.get();
  }

 private:
  static std::uint64_t next_number() noexcept {
    static std::atomic<std::uint64_t> given{0};
    return ++given;
  }
};

hmac_seal::hmac_seal(std::string_view secret) {
  if (secret.size() < least_secret_bytes) throw std::invalid_argument("the secret is too short");
  auto made = std::make_unique<state>();
  EVP_MAC* hmac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
  if (hmac != nullptr) {
    made->keyed.reset(EVP_MAC_CTX_new(hmac));
    EVP_MAC_free(hmac);
  }
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  if (!made->keyed ||
      EVP_MAC_init(made->keyed.get(), octets(secret), secret.size(), parameters) != 1) {
    throw std::runtime_error("OpenSSL has no HMAC with SHA-256");
  }
  state_ = std::move(made);
}

hmac_seal::~hmac_seal() = default;

seal::mac hmac_seal::sign(std::string_view purpose, std::string_view bytes) const {
  EVP_MAC_CTX* const mac_of = state_->of_this_thread();
  const auto length = static_cast<unsigned char>(purpose.size());
  unsigned char digest[digest_bytes];
  std::size_t written = 0;
  if (EVP_MAC_update(mac_of, &length, 1) != 1 ||
      EVP_MAC_update(mac_of, octets(purpose), purpose.size()) != 1 ||
      EVP_MAC_update(mac_of, octets(bytes), bytes.size()) != 1 ||
      EVP_MAC_final(mac_of, digest, &written, sizeof digest) != 1) {
    throw std::bad_alloc();
  }
  mac cut;
  std::memcpy(cut.data(), digest, cut.size());
  return cut;
}

}  // namespace paperboy::net
