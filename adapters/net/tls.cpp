#include "adapters/net/tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstring>

namespace paperboy::net {
namespace {

constexpr auto suites_before_tls13 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr auto groups = "X25519:P-256:P-384";

std::string queued_error() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return reason != nullptr ? reason : "unknown error";
}

// ALPN's list: each name after its length.
std::string alpn_list(std::span<const application_protocol> protocols) {
  std::string list;
  for (const application_protocol protocol : protocols) {
    list += protocol == application_protocol::http2 ? std::string("\x02h2")
                                                    : std::string("\x08http/1.1");
  }
  return list;
}

tls_context fresh(const SSL_METHOD* method) {
  ERR_clear_error();
  tls_context made(SSL_CTX_new(method), &SSL_CTX_free);
  if (!made) throw tls_error("TLS cannot be set up: " + queued_error());
  SSL_CTX* context = made.get();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  if (SSL_CTX_set_cipher_list(context, suites_before_tls13) != 1 ||
      SSL_CTX_set1_groups_list(context, groups) != 1) {
    throw tls_error("TLS cannot be set up: " + queued_error());
  }
  return made;
}

// The list of protocols that a listener takes hangs on its context and goes with it.
void free_list(void*, void* list, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<std::string*>(list);
}

int list_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, &free_list);
  return index;
}

int choose_protocol(SSL* tls, const unsigned char** out, unsigned char* out_length,
                    const unsigned char* offered, unsigned int offered_length, void*) noexcept {
  const auto* list =
      static_cast<const std::string*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(tls), list_index()));
  unsigned char* chosen = nullptr;
  const auto* wanted = reinterpret_cast<const unsigned char*>(list->data());
  if (SSL_select_next_proto(&chosen, out_length, wanted, static_cast<unsigned int>(list->size()),
                            offered, offered_length) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

tls_context tls_client(const std::string& ca_file, application_protocol protocol) {
  tls_context made = fresh(TLS_client_method());
  SSL_CTX* context = made.get();
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1) {
      throw tls_error("the system's root certificates cannot be read: " + queued_error());
    }
  } else if (SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1) {
    throw tls_error(ca_file + ": no certificate to trust can be read from it: " + queued_error());
  }
  const std::string list = alpn_list({&protocol, 1});
  SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(list.data()),
                          static_cast<unsigned int>(list.size()));
  return made;
}

tls_context tls_server(const std::string& certificate_file, const std::string& key_file,
                       std::span<const application_protocol> protocols) {
  tls_context made = fresh(TLS_server_method());
  SSL_CTX* context = made.get();
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1) {
    throw tls_error(certificate_file + ": no certificate can be read from it: " + queued_error());
  }
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    throw tls_error(key_file + ": no private key for " + certificate_file +
                    " can be read from it: " + queued_error());
  }
  if (SSL_CTX_check_private_key(context) != 1) {
    throw tls_error(key_file + ": not the key of " + certificate_file);
  }
  if (!protocols.empty()) {
    SSL_CTX_set_ex_data(context, list_index(), new std::string(alpn_list(protocols)));
    SSL_CTX_set_alpn_select_cb(context, &choose_protocol, nullptr);
  }
  return made;
}

bool expect_host(ssl_st* tls, const std::string& host) {
  X509_VERIFY_PARAM* expected = SSL_get0_param(tls);
  if (X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1) return true;
  ERR_clear_error();
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set_tlsext_host_name(tls, host.c_str()) == 1 && SSL_set1_host(tls, host.c_str()) == 1;
}

std::string tls_failure(const ssl_st* tls) {
  const long verified = tls != nullptr ? SSL_get_verify_result(tls) : X509_V_OK;
  if (verified != X509_V_OK) {
    ERR_clear_error();
    return std::string("the certificate was not accepted: ") +
           X509_verify_cert_error_string(verified);
  }
  return ERR_peek_last_error() != 0 ? queued_error() : "the connection was closed";
}

}  // namespace paperboy::net
