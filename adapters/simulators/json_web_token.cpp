#include "adapters/simulators/json_web_token.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <boost/json.hpp>
#include <vector>

#include "adapters/simulators/openssl_handles.hpp"

namespace paperboy::simulators {
namespace {

int sextet(char c, bool strict) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-' || (c == '+' && !strict)) return 62;
  if (c == '_' || (c == '/' && !strict)) return 63;
  return -1;
}

std::optional<std::string> decode(std::string_view text, bool strict) {
  if (!strict)
    while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const int value = sextet(c, strict);
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>(bits >> held & 0xff);
    }
  }
  return out;
}

std::string text_of(const boost::json::object& object, std::string_view name) {
  const boost::json::value* found = object.if_contains(name);
  if (found == nullptr || !found->is_string()) return {};
  return std::string(found->get_string());
}

std::optional<std::int64_t> number_of(const boost::json::object& object, std::string_view name) {
  const boost::json::value* found = object.if_contains(name);
  if (found == nullptr || !found->is_int64()) return std::nullopt;
  return found->get_int64();
}

std::optional<boost::json::object> read_object(std::string_view part, bool strict) {
  const std::optional<std::string> text = decode(part, strict);
  if (!text) return std::nullopt;
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(*text, error);
  if (error || !value.is_object()) return std::nullopt;
  return value.get_object();
}

// OpenSSL takes DER only; JOSE sends r||s.
std::vector<unsigned char> der_from_raw(std::string_view raw) {
  const auto half = [raw](std::size_t at) {
    std::vector<unsigned char> bytes(raw.begin() + static_cast<std::ptrdiff_t>(at),
                                     raw.begin() + static_cast<std::ptrdiff_t>(at + 32));
    return BN_bin2bn(bytes.data(), 32, nullptr);
  };
  const signature_handle signature(ECDSA_SIG_new());
  if (!signature || ECDSA_SIG_set0(signature.get(), half(0), half(32)) != 1) return {};
  const int size = i2d_ECDSA_SIG(signature.get(), nullptr);
  if (size <= 0) return {};
  std::vector<unsigned char> der(static_cast<std::size_t>(size));
  unsigned char* end = der.data();
  i2d_ECDSA_SIG(signature.get(), &end);
  return der;
}

bool verify(const key_handle& key, const std::vector<unsigned char>& signature,
            std::string_view text) {
  const digest_handle digest(EVP_MD_CTX_new());
  const std::vector<unsigned char> bytes(text.begin(), text.end());
  return digest && !signature.empty() &&
         EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
         EVP_DigestVerify(digest.get(), signature.data(), signature.size(), bytes.data(),
                          bytes.size()) == 1;
}

}  // namespace

std::optional<json_web_token> read_json_web_token(std::string_view text, bool strict) {
  const std::size_t first = text.find('.');
  const std::size_t second = first == text.npos ? text.npos : text.find('.', first + 1);
  if (second == text.npos || text.find('.', second + 1) != text.npos) return std::nullopt;
  const auto header = read_object(text.substr(0, first), strict);
  const auto claims = read_object(text.substr(first + 1, second - first - 1), strict);
  std::optional<std::string> signature = decode(text.substr(second + 1), strict);
  if (!header || !claims || !signature) return std::nullopt;
  return json_web_token{text_of(*header, "alg"),   text_of(*header, "kid"),
                        text_of(*claims, "iss"),   text_of(*claims, "aud"),
                        text_of(*claims, "scope"), number_of(*claims, "iat"),
                        number_of(*claims, "exp"), std::string(text.substr(0, second)),
                        std::move(*signature)};
}

bool verify_es256(const json_web_token& token, std::string_view pem, signature_form form) {
  const key_handle key = read_key(pem);
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_EC) return false;
  if (token.signature.size() == 64 && verify(key, der_from_raw(token.signature), token.signed_part))
    return true;
  if (form == signature_form::raw_only) return false;
  return verify(key, {token.signature.begin(), token.signature.end()}, token.signed_part);
}

bool verify_rs256(const json_web_token& token, std::string_view pem) {
  const key_handle key = read_key(pem);
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) return false;
  return verify(key, {token.signature.begin(), token.signature.end()}, token.signed_part);
}

}  // namespace paperboy::simulators
