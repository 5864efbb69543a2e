#pragma once

#include <filesystem>
#include <string>

namespace paperboy::net::testing {

// A directory of its own that goes with the object.
class scratch_directory {
 public:
  scratch_directory();
  ~scratch_directory();
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& content) const;

 private:
  std::filesystem::path path_;
};

// A self-signed P-256 certificate for localhost, 127.0.0.1 and ::1, which is also its own
// authority. Written as "certificate.pem" and "key.pem".
struct server_files {
  std::string certificate;
  std::string key;
};
server_files make_certificate(const scratch_directory& into, const std::string& prefix = {});

// Made once for the whole program.
const server_files& server_certificate();

}  // namespace paperboy::net::testing
