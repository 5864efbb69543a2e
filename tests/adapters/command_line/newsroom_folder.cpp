#include "tests/adapters/command_line/newsroom_folder.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "adapters/simulators/credentials.hpp"

namespace paperboy::command_line {
namespace {

std::string private_pem(EVP_PKEY* key, const char* passphrase = nullptr) {
  BIO* memory = BIO_new(BIO_s_mem());
  const int length = passphrase == nullptr ? 0 : static_cast<int>(std::string{passphrase}.size());
  PEM_write_bio_PKCS8PrivateKey(memory, key, passphrase == nullptr ? nullptr : EVP_aes_128_cbc(),
                                passphrase, length, nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string pem(data, static_cast<std::size_t>(size));
  BIO_free(memory);
  EVP_PKEY_free(key);
  return pem;
}

// Made once: an RSA key takes most of a second under sanitizers.
struct credentials {
  simulators::server_identity server = simulators::make_server_identity();
  simulators::apns_credential apns = simulators::make_apns_credential();
  simulators::fcm_credential fcm = simulators::make_fcm_credential();
  std::string p384 = private_pem(EVP_EC_gen("P-384"));
  std::string encrypted = private_pem(EVP_EC_gen("P-256"), "passphrase");
};

const credentials& made() {
  static const credentials all;
  return all;
}

}  // namespace

const std::string_view whole_app = R"([[app]]
id = "anewz"
client_key = "ck_anewz_0123456789"
[app.apns]
topic = "tv.anewz.app"
team_id = "A1B2C3D4E5"
key_id = "F6G7H8I9J0"
key_file = "AuthKey.p8"
)";

newsroom_folder::newsroom_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "paperboy-test-XXXXXX").native();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
  std::filesystem::create_directory(path_ / "templates");
  const credentials& c = made();
  const std::string token_uri = "https://localhost:1/token";
  auto elliptic = c.fcm;
  elliptic.private_key = c.apns.private_key;
  write("AuthKey.p8", c.apns.private_key);
  write("open.p8", c.apns.private_key, 0606);
  write("p384.p8", c.p384);
  write("encrypted.pem", c.encrypted);
  write("cert.pem", c.server.certificate, 0644);
  write("key.pem", c.server.private_key, 0640);
  write("open.pem", c.server.private_key, 0606);
  write("ca.pem", c.server.ca, 0644);
  write("empty.pem", "", 0644);
  write("service-account.json", simulators::service_account_json(c.fcm, token_uri));
  write("elliptic.json", simulators::service_account_json(elliptic, token_uri));
  write("plain-token-uri.json",
        simulators::service_account_json(c.fcm, "http://localhost:1/token"));
  write("no-project.json", R"({"type":"service_account","client_email":"a@b"})");
  write("keys.json", R"({"keys":[{"kty":"OKP"}]})", 0644);
  write("no-keys.json", R"({"keys":[]})", 0644);
}

newsroom_folder::~newsroom_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path newsroom_folder::write(std::string_view name, std::string_view content,
                                             unsigned mode) const {
  const std::filesystem::path file = path_ / name;
  std::ofstream{file, std::ios::binary} << content;
  ::chmod(file.c_str(), mode);
  return file;
}

}  // namespace paperboy::command_line
