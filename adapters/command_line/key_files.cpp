#include "adapters/command_line/key_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <memory>

#include "adapters/command_line/document.hpp"
#include "adapters/command_line/forms.hpp"
#include "adapters/fcm/settings.hpp"
#include "adapters/net/json_web_token.hpp"

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

std::optional<boost::json::object> read_object(const std::string& json) {
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(json, error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

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
  if (allowed == exposure::read_only && (about.st_mode & S_IWOTH) != 0) {
    return file_fault{fmt::format("every user of this machine can replace the key file {} (mode "
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
  try {
    net::token_signer(net::signature_algorithm::es256, pem);
    return std::nullopt;
  } catch (const net::credential_error& error) {
    return file_fault{fmt::format("{}: {}", shown(file), error.what()),
                      "use the AuthKey_XXXXXXXXXX.p8 file as Apple's developer site gave it"};
  }
}

std::variant<service_account, file_fault> check_service_account(const std::filesystem::path& file,
                                                                const std::string& json) {
  constexpr std::string_view remedy =
      "download the key again: Firebase console, Project settings, Service accounts";
  try {
    const fcm::service_account account = fcm::read_service_account(json);
    if (!forms::https_url.parse(account.token_uri)) {
      throw net::credential_error("the service account's \"token_uri\" is not an https:// URL");
    }
    return service_account{account.project_id, account.token_uri};
  } catch (const net::credential_error& error) {
    return file_fault{fmt::format("{}: {}", shown(file), error.what()), std::string{remedy}};
  }
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
