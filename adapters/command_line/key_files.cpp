#include "adapters/command_line/key_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <memory>

#include "adapters/command_line/document.hpp"
#include "adapters/command_line/forms.hpp"

namespace paperboy::command_line {
namespace {

template <auto free>
struct freed_by {
  template <class T>
  void operator()(T* p) const noexcept {
    free(p);
  }
};
using bio_ptr = std::unique_ptr<BIO, freed_by<&BIO_free>>;
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<&EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freed_by<&X509_free>>;

constexpr int min_rsa_bits = 2048;

class descriptor {
 public:
  explicit descriptor(int fd) noexcept : fd_{fd} {}
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

std::string shown(const std::filesystem::path& file) {
  return in_quotes(file.native(), 4096);
}

file_fault unreadable(const std::filesystem::path& file, int error) {
  if (error == ENOENT) {
    return {fmt::format("the file {} does not exist", shown(file)),
            "put it there or correct the path; paths are relative to the configuration's folder"};
  }
  return {fmt::format("the file {} cannot be read ({})", shown(file), std::strerror(error)),
          "let the user that runs Paperboy read it"};
}

// An encrypted key would make OpenSSL ask on the terminal.
int no_passphrase(char*, int, int, void*) noexcept {
  return -1;
}

key_ptr read_key(const std::string& pem) {
  const bio_ptr bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  key_ptr key{PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, nullptr)};
  ERR_clear_error();
  return key;
}

certificate_ptr read_certificate(const std::string& pem) {
  const bio_ptr bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  certificate_ptr certificate{PEM_read_bio_X509(bio.get(), nullptr, &no_passphrase, nullptr)};
  ERR_clear_error();
  return certificate;
}

bool on_p256(EVP_PKEY* key) noexcept {
  std::array<char, 64> group{};
  std::size_t length = 0;
  return EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(),
                                        &length) == 1 &&
         std::string_view{group.data(), length} == "prime256v1";
}

std::optional<boost::json::object> read_object(const std::string& json) {
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(json, error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

const std::string service_account_remedy =
    "download the key again: Firebase console, Project settings, Service accounts";

}  // namespace

std::variant<std::string, file_fault> read_file(const std::filesystem::path& file,
                                                std::size_t limit, exposure allowed) {
  const descriptor fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (fd.get() < 0) return unreadable(file, errno);
  struct stat about{};
  if (::fstat(fd.get(), &about) != 0) return unreadable(file, errno);
  if (!S_ISREG(about.st_mode)) {
    return file_fault{fmt::format("{} is not a file", shown(file)), "name a regular file"};
  }
  if (allowed == exposure::not_others && (about.st_mode & S_IRWXO) != 0) {
    return file_fault{fmt::format("the key file {} is open to every user of this machine (mode "
                                  "{:04o})",
                                  shown(file), about.st_mode & 07777U),
                      fmt::format("run: chmod 600 {}", file.native())};
  }
  std::string content(limit + 1, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const ssize_t got = ::read(fd.get(), content.data() + size, content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(file, errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > limit) {
    return file_fault{fmt::format("the file {} has more than {} bytes", shown(file), limit),
                      "name the file that was meant"};
  }
  content.resize(size);
  return content;
}

std::optional<file_fault> check_p256_key(const std::filesystem::path& file,
                                         const std::string& pem) {
  const key_ptr key = read_key(pem);
  if (!key) {
    return file_fault{fmt::format("{} holds no private key in PEM form", shown(file)),
                      "use the AuthKey_XXXXXXXXXX.p8 file as Apple's developer site gave it"};
  }
  if (on_p256(key.get())) return std::nullopt;
  return file_fault{fmt::format("{} holds a key that is not on the curve P-256", shown(file)),
                    "use the AuthKey_XXXXXXXXXX.p8 file as Apple's developer site gave it"};
}

std::variant<service_account, file_fault> check_service_account(const std::filesystem::path& file,
                                                                const std::string& json) {
  const auto object = read_object(json);
  if (!object) {
    return file_fault{fmt::format("{} is not a JSON object", shown(file)), service_account_remedy};
  }
  std::array<std::string, 4> found;
  constexpr std::array<const char*, 4> members{"project_id", "client_email", "private_key",
                                               "token_uri"};
  for (std::size_t i = 0; i < members.size(); ++i) {
    const boost::json::value* value = object->if_contains(members[i]);
    if (value == nullptr || !value->is_string() || value->get_string().empty()) {
      return file_fault{fmt::format("{} has no text \"{}\"", shown(file), members[i]),
                        service_account_remedy};
    }
    found[i] = std::string{value->get_string()};
  }
  const key_ptr key = read_key(found[2]);
  if (!key || EVP_PKEY_is_a(key.get(), "RSA") != 1 || EVP_PKEY_get_bits(key.get()) < min_rsa_bits) {
    return file_fault{fmt::format("\"private_key\" in {} is not an RSA key of {} bits or more",
                                  shown(file), min_rsa_bits),
                      service_account_remedy};
  }
  if (!forms::https_url.parse(found[3])) {
    return file_fault{fmt::format("\"token_uri\" in {} is not an https:// URL", shown(file)),
                      service_account_remedy};
  }
  return service_account{std::move(found[0]), std::move(found[3])};
}

std::optional<file_fault> check_certificates(const std::filesystem::path& file,
                                             const std::string& pem) {
  if (read_certificate(pem)) return std::nullopt;
  return file_fault{fmt::format("{} holds no certificate in PEM form", shown(file)),
                    "name a file that begins with -----BEGIN CERTIFICATE-----"};
}

std::optional<file_fault> check_tls_pair(const std::filesystem::path& certificate_file,
                                         const std::string& certificate,
                                         const std::filesystem::path& key_file,
                                         const std::string& key) {
  const certificate_ptr x509 = read_certificate(certificate);
  const key_ptr private_key = read_key(key);
  if (!private_key) {
    return file_fault{
        fmt::format("{} holds no private key in PEM form without a passphrase", shown(key_file)),
        "name a file that begins with -----BEGIN PRIVATE KEY-----"};
  }
  const bool pair = x509 && X509_check_private_key(x509.get(), private_key.get()) == 1;
  ERR_clear_error();
  if (pair) return std::nullopt;
  return file_fault{fmt::format("the key {} does not belong to the certificate {}", shown(key_file),
                                shown(certificate_file)),
                    "name the two files of one certificate, the server's own certificate first"};
}

std::optional<file_fault> check_key_set(const std::filesystem::path& file,
                                        const std::string& json) {
  const auto object = read_object(json);
  const boost::json::value* keys = object ? object->if_contains("keys") : nullptr;
  if (keys != nullptr && keys->is_array() && !keys->get_array().empty()) return std::nullopt;
  return file_fault{fmt::format("{} is not a JSON Web Key Set with a key", shown(file)),
                    "save the JSON that the identity provider serves at its jwks_uri"};
}

}  // namespace paperboy::command_line
