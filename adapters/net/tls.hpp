#pragma once

#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

struct ssl_ctx_st;
struct ssl_st;

namespace paperboy::net {

// An OpenSSL SSL_CTX. Immutable once made, so threads may share it.
using tls_context = std::shared_ptr<ssl_ctx_st>;

// A certificate, key or trust file that cannot be used. what() names the file and the reason, never
// its content. Thrown at start-up and on reload only.
class tls_error : public std::runtime_error {
  using runtime_error::runtime_error;
};

enum class application_protocol { http1, http2 };

// TLS 1.2 and later with forward-secret AEAD suites (Mozilla "intermediate" 5.7), the peer's chain
// verified. `ca_file`: a PEM file to trust instead of the system's roots; empty: the system's
// roots. http2 offers ALPN "h2", http1 offers "http/1.1" (RFC 7301).
tls_context tls_client(const std::string& ca_file, application_protocol protocol);

// The same suites for a listener, from a PEM chain and its private key. `protocols` are accepted by
// ALPN in order of preference; a client that offers none of them is refused, one that sends no ALPN
// is not.
tls_context tls_server(const std::string& certificate_file, const std::string& key_file,
                       std::span<const application_protocol> protocols);

// Makes `tls` ask for `host` by SNI (RFC 6066) and accept only a certificate for it (RFC 6125). An
// address, "127.0.0.1" or "::1", is compared with the certificate's addresses and sent without SNI.
// False: out of memory, or `host` cannot be a name.
bool expect_host(ssl_st* tls, const std::string& host);

// What OpenSSL last had to say about `tls`, in one line: the verification failure if that was it.
// Empties the thread's error queue.
std::string tls_failure(const ssl_st* tls);

}  // namespace paperboy::net
