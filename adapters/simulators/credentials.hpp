#pragma once

#include <string>
#include <string_view>

// Keys and certificates for the simulators and for tests, made with OpenSSL in memory. Every
// function here throws std::runtime_error when OpenSSL cannot do it: there is no going on without.
namespace paperboy::simulators {

// A certificate authority of its own and a certificate by it for `localhost`, 127.0.0.1 and ::1,
// valid from an hour ago for ten years. All PEM; keys are P-256, PKCS#8.
struct server_identity {
  std::string ca;           // what a client trusts: its `ca_file`
  std::string certificate;  // the leaf
  std::string private_key;  // the leaf's
};
server_identity make_server_identity();

// What Apple hands out for token authentication: the contents of AuthKey_XXXXXXXXXX.p8 (P-256,
// PKCS#8 PEM), its key id and the team (ten characters each).
struct apns_credential {
  std::string team_id;
  std::string key_id;
  std::string private_key;
  std::string public_key;
};
apns_credential make_apns_credential(std::string_view team_id = "TEAM123456",
                                     std::string_view key_id = "ABC123DEFG");

// What Google hands out for a service account (RSA, PKCS#8 PEM; Google's keys have 2048 bits).
struct fcm_credential {
  std::string project_id;
  std::string client_email;
  std::string private_key_id;
  std::string private_key;
  std::string public_key;
};
fcm_credential make_fcm_credential(std::string_view project_id = "paperboy-demo",
                                   unsigned int key_bits = 2048);

// The service-account.json file of that credential, with `token_uri` pointing where given.
std::string service_account_json(const fcm_credential& credential, std::string_view token_uri);

// The public half of a private or public key in PEM, as PEM.
std::string public_key_of(std::string_view pem);

}  // namespace paperboy::simulators
