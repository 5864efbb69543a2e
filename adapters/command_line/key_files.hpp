#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace paperboy::command_line {

// What is wrong with a file, and what to do. Neither shows anything the file holds.
struct file_fault {
  std::string wrong;
  std::string remedy;
};

// What everybody on the machine may do with the file. A key that everybody can replace is refused;
// one that everybody can read is remarked on, for secrets are often mounted so.
enum class exposure : std::uint8_t { any, read_only };

// A regular file of at most `limit` bytes.
std::variant<std::string, file_fault> read_file(const std::filesystem::path& file,
                                                std::size_t limit, exposure allowed);

inline constexpr std::size_t max_key_file_bytes = 65'536;
inline constexpr std::size_t max_ca_file_bytes = 4'194'304;

// What signs APNs' tokens: an unencrypted private key on P-256 in PEM, as Apple's .p8 files hold.
std::optional<file_fault> check_p256_key(const std::filesystem::path& file, const std::string& pem);

struct service_account {
  std::string project_id;
  std::string token_uri;
};
// Google's key file of a service account, as fcm::read_service_account() takes it, with an https
// token_uri.
std::variant<service_account, file_fault> check_service_account(const std::filesystem::path& file,
                                                                const std::string& json);

// At least one PEM certificate.
std::optional<file_fault> check_certificates(const std::filesystem::path& file,
                                             const std::string& pem);

// A certificate and the private key that belongs to it.
std::optional<file_fault> check_tls_pair(const std::filesystem::path& certificate_file,
                                         const std::string& certificate,
                                         const std::filesystem::path& key_file,
                                         const std::string& key);

// A JSON Web Key Set (RFC 7517) with at least one key.
std::optional<file_fault> check_key_set(const std::filesystem::path& file, const std::string& json);

}  // namespace paperboy::command_line
