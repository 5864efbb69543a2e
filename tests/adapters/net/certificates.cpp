#include "tests/adapters/net/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <stdexcept>

namespace paperboy::net::testing {
namespace {

template <class T, void (*release)(T*)>
struct releaser {
  void operator()(T* p) const { release(p); }
};
using key_ptr = std::unique_ptr<EVP_PKEY, releaser<EVP_PKEY, EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, releaser<X509, X509_free>>;

void extend(X509* certificate, int what, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* made = X509V3_EXT_conf_nid(nullptr, &context, what, value);
  if (made == nullptr) throw std::runtime_error("an X.509 extension cannot be made");
  X509_add_ext(certificate, made, -1);
  X509_EXTENSION_free(made);
}

FILE* open_for_writing(const std::string& path) {
  FILE* file = std::fopen(path.c_str(), "w");
  if (file == nullptr) throw std::runtime_error(path + " cannot be written");
  return file;
}

}  // namespace

scratch_directory::scratch_directory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "paperboy-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  path_ = pattern;
}

scratch_directory::~scratch_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string scratch_directory::write(const std::string& name, const std::string& content) const {
  std::ofstream(file(name), std::ios::binary) << content;
  return file(name);
}

server_files make_certificate(const scratch_directory& into, const std::string& prefix) {
  const key_ptr key(EVP_EC_gen("P-256"));
  const certificate_ptr certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 30L * 24 * 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  extend(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  extend(certificate.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
  if (X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0) {
    throw std::runtime_error("a certificate cannot be signed");
  }

  const server_files files{into.file(prefix + "certificate.pem"), into.file(prefix + "key.pem")};
  FILE* out = open_for_writing(files.certificate);
  PEM_write_X509(out, certificate.get());
  std::fclose(out);
  out = open_for_writing(files.key);
  PEM_write_PKCS8PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(out);
  return files;
}

const server_files& server_certificate() {
  static const scratch_directory directory;
  static const server_files files = make_certificate(directory);
  return files;
}

}  // namespace paperboy::net::testing
