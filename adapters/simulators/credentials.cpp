#include "adapters/simulators/credentials.hpp"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <array>
#include <stdexcept>

#include "adapters/simulators/json_text.hpp"
#include "adapters/simulators/openssl_handles.hpp"

namespace paperboy::simulators {
namespace {

void require(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("OpenSSL could not ") + what);
}

bio_handle memory() {
  bio_handle bio(BIO_new(BIO_s_mem()));
  require(bio != nullptr, "allocate a buffer");
  return bio;
}

std::string contents(const bio_handle& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string private_pem(const key_handle& key) {
  const bio_handle bio = memory();
  require(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                        nullptr) == 1,
          "write a private key");
  return contents(bio);
}

std::string public_pem(const key_handle& key) {
  const bio_handle bio = memory();
  require(PEM_write_bio_PUBKEY(bio.get(), key.get()) == 1, "write a public key");
  return contents(bio);
}

std::string certificate_pem(const certificate_handle& certificate) {
  const bio_handle bio = memory();
  require(PEM_write_bio_X509(bio.get(), certificate.get()) == 1, "write a certificate");
  return contents(bio);
}

key_handle make_p256() {
  key_handle key(EVP_EC_gen("P-256"));
  require(key != nullptr, "make a P-256 key");
  return key;
}

std::uint64_t random_serial() {
  std::array<unsigned char, 8> bytes{};
  require(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "make random bytes");
  std::uint64_t serial = 0;
  for (const unsigned char byte : bytes) serial = serial << 8 | byte;
  return serial >> 1 | 1;
}

void extend(X509* subject, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, subject, nullptr, nullptr, 0);
  const extension_handle extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  require(extension != nullptr && X509_add_ext(subject, extension.get(), -1) == 1,
          "add a certificate extension");
}

certificate_handle blank(const key_handle& key, const char* common_name) {
  constexpr long hour = 3600;
  constexpr long ten_years = 3650L * 24 * hour;
  certificate_handle certificate(X509_new());
  require(
      certificate != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
          ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), random_serial()) == 1 &&
          X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -hour) != nullptr &&
          X509_gmtime_adj(X509_getm_notAfter(certificate.get()), ten_years) != nullptr &&
          X509_set_pubkey(certificate.get(), key.get()) == 1,
      "make a certificate");
  X509_NAME* name = X509_get_subject_name(certificate.get());
  std::array<unsigned char, 64> text{};
  const std::string_view source = common_name;
  for (std::size_t i = 0; i < source.size(); ++i) text[i] = static_cast<unsigned char>(source[i]);
  require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text.data(),
                                     static_cast<int>(source.size()), -1, 0) == 1,
          "name a certificate");
  return certificate;
}

std::string random_hex(std::size_t bytes) {
  std::string raw(bytes, '\0');
  std::string text;
  for (char& c : raw) {
    unsigned char byte = 0;
    require(RAND_bytes(&byte, 1) == 1, "make random bytes");
    c = static_cast<char>(byte);
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

}  // namespace

key_handle read_key(std::string_view pem) {
  const auto open = [pem] {
    return bio_handle(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  };
  if (key_handle key{PEM_read_bio_PrivateKey(open().get(), nullptr, nullptr, nullptr)}) return key;
  return key_handle(PEM_read_bio_PUBKEY(open().get(), nullptr, nullptr, nullptr));
}

std::string public_key_of(std::string_view pem) {
  const key_handle key = read_key(pem);
  require(key != nullptr, "read a key");
  return public_pem(key);
}

server_identity make_server_identity() {
  const key_handle ca_key = make_p256();
  const certificate_handle ca = blank(ca_key, "Paperboy gateway simulators");
  require(X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get())) == 1, "name an issuer");
  extend(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  extend(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(ca.get(), ca.get(), NID_subject_key_identifier, "hash");
  require(X509_sign(ca.get(), ca_key.get(), EVP_sha256()) > 0, "sign a certificate");

  const key_handle key = make_p256();
  const certificate_handle leaf = blank(key, "localhost");
  require(X509_set_issuer_name(leaf.get(), X509_get_subject_name(ca.get())) == 1, "name an issuer");
  extend(leaf.get(), ca.get(), NID_basic_constraints, "critical,CA:FALSE");
  extend(leaf.get(), ca.get(), NID_key_usage, "critical,digitalSignature");
  extend(leaf.get(), ca.get(), NID_ext_key_usage, "serverAuth");
  extend(leaf.get(), ca.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
  extend(leaf.get(), ca.get(), NID_authority_key_identifier, "keyid:always");
  require(X509_sign(leaf.get(), ca_key.get(), EVP_sha256()) > 0, "sign a certificate");
  return {certificate_pem(ca), certificate_pem(leaf), private_pem(key)};
}

apns_credential make_apns_credential(std::string_view team_id, std::string_view key_id) {
  const key_handle key = make_p256();
  return {std::string(team_id), std::string(key_id), private_pem(key), public_pem(key)};
}

fcm_credential make_fcm_credential(std::string_view project_id, unsigned int key_bits) {
  const key_handle key(EVP_RSA_gen(key_bits));
  require(key != nullptr, "make an RSA key");
  const std::string project(project_id);
  return {project, "paperboy@" + project + ".iam.gserviceaccount.com", random_hex(20),
          private_pem(key), public_pem(key)};
}

std::string service_account_json(const fcm_credential& credential, std::string_view token_uri) {
  std::string out = "{\n  \"type\": \"service_account\",\n  \"project_id\": ";
  append_json_string(out, credential.project_id);
  out += ",\n  \"private_key_id\": ";
  append_json_string(out, credential.private_key_id);
  out += ",\n  \"private_key\": ";
  append_json_string(out, credential.private_key);
  out += ",\n  \"client_email\": ";
  append_json_string(out, credential.client_email);
  out += ",\n  \"token_uri\": ";
  append_json_string(out, token_uri);
  out += "\n}\n";
  return out;
}

}  // namespace paperboy::simulators
