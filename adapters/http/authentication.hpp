#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/answer.hpp"
#include "adapters/http/caller.hpp"
#include "adapters/http/head.hpp"
#include "adapters/http/limits.hpp"
#include "adapters/http/routes.hpp"

namespace paperboy::http {

using sha256_hash = std::array<std::uint8_t, 32>;

sha256_hash sha256(std::string_view bytes);

struct known_api_key {
  std::string name;
  sha256_hash sha256;
  std::vector<scope> scopes;
  std::vector<std::string> apps;
};

struct known_client_key {
  std::string app;
  std::string key;
};

// The credentials that the configuration and the installation's secret know.
struct known_credentials {
  std::vector<known_api_key> api_keys;
  std::vector<known_client_key> client_keys;
  std::optional<sha256_hash> operator_token;    // none: the operator listener asks for none
  const device_credentials* devices = nullptr;  // none: nobody's device credential is known
};

// Says who asks and whether they may. Used by all threads.
class authentication {
 public:
  static constexpr std::size_t credential_limit = 256;  // bytes

  // `failures`: how often an address may show a credential that is not known.
  authentication(known_credentials known, minute_limit& failures);

  // Takes effect for every request whose head is read after it.
  void replace(known_credentials known);

  // None: allowed, and `who` says who asks. 400 for two Authorization fields; 401 for none or an
  // unknown one, 429 in its place when the address failed too often; 403 for a known one that may
  // not do this. `app` is the {app} of the path, empty if it has none.
  std::optional<answer> admit(const head& h, const route& asked, std::string_view app,
                              const address& client, clock_time now, caller& who);

 private:
  struct prepared;

  std::shared_ptr<const prepared> current() const;
  answer failed(const address& client, clock_time now);

  mutable std::mutex mutex_;
  std::shared_ptr<const prepared> prepared_;
  minute_limit& failures_;
};

}  // namespace paperboy::http
