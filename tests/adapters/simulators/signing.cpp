#include "tests/adapters/simulators/signing.hpp"

#include <array>
#include <vector>

#include "adapters/simulators/openssl_handles.hpp"

namespace paperboy::simulators::test {
namespace {

std::string raw_of(const std::vector<unsigned char>& der) {
  const unsigned char* at = der.data();
  const signature_handle signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  std::array<unsigned char, 64> out{};
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out.data(), 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out.data() + 32, 32);
  return {out.begin(), out.end()};
}

}  // namespace

std::string base64url(std::string_view bytes) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    held += 8;
    while (held >= 6) {
      held -= 6;
      out += letters[bits >> held & 63];
    }
  }
  if (held > 0) out += letters[bits << (6 - held) & 63];
  return out;
}

std::string sign(std::string_view header, std::string_view claims, const std::string& pem,
                 encoding form) {
  const std::string text = base64url(header) + "." + base64url(claims);
  const key_handle key = read_key(pem);
  const digest_handle digest(EVP_MD_CTX_new());
  const std::vector<unsigned char> bytes(text.begin(), text.end());
  std::size_t size = 0;
  EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get());
  EVP_DigestSign(digest.get(), nullptr, &size, bytes.data(), bytes.size());
  std::vector<unsigned char> signature(size);
  EVP_DigestSign(digest.get(), signature.data(), &size, bytes.data(), bytes.size());
  signature.resize(size);
  const bool raw = EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_EC && form == encoding::raw;
  return text + "." +
         base64url(raw ? raw_of(signature) : std::string(signature.begin(), signature.end()));
}

std::string provider_token(const std::string& key, std::int64_t issued_at, std::string_view team,
                           std::string_view key_id) {
  return sign("{\"alg\":\"ES256\",\"kid\":\"" + std::string(key_id) + "\"}",
              "{\"iss\":\"" + std::string(team) + "\",\"iat\":" + std::to_string(issued_at) + "}",
              key);
}

std::string assertion(const std::string& key, std::string_view email, std::string_view audience,
                      std::int64_t issued_at, std::string_view scope) {
  const std::string claims = "{\"iss\":\"" + std::string(email) + "\",\"scope\":\"" +
                             std::string(scope) + "\",\"aud\":\"" + std::string(audience) +
                             "\",\"iat\":" + std::to_string(issued_at) +
                             ",\"exp\":" + std::to_string(issued_at + 3600) + "}";
  return sign(R"({"alg":"RS256","typ":"JWT"})", claims, key);
}

}  // namespace paperboy::simulators::test
