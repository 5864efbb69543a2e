#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace paperboy::redis {

enum class transport_kind : std::uint8_t {
  embedded,     // embedded:DIR: a private server of our own (embedded.hpp); `path` is the folder
  unix_socket,  // unix:PATH
  tcp,          // redis://[user:password@]host[:port][/db]
  tls,          // rediss://…, the host's name is verified
};

// Where a Redis is, and how to sign in. Holds a password: log to_text() only.
struct url {
  transport_kind kind = transport_kind::tcp;
  std::string host;  // name or address, IPv6 without brackets; tcp and tls
  std::uint16_t port = 6379;
  std::string path;      // folder or socket
  std::string user;      // empty: AUTH takes the password alone
  std::string password;  // empty: no AUTH
  std::uint32_t database = 0;
  std::string ca_file;  // tls: trust this PEM file instead of the system's roots

  // The same without user and password.
  std::string to_text() const;

  friend bool operator==(const url&, const url&) = default;
};

// Reads the forms above; user and password may be percent-encoded (RFC 3986 section 2.1). After a
// `?` come `db`, `user` and `password` (unix), and `ca_file` (rediss). errc::invalid with one
// sentence in `problem`, which never holds the password; cluster:// is recognised and refused.
result<url> parse_url(std::string_view text, std::string& problem);

// A server on a unix socket, without a password.
url unix_url(std::string path);

}  // namespace paperboy::redis
