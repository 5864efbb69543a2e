#include "adapters/apns/provider_token.hpp"

#include "adapters/net/json_string.hpp"

namespace paperboy::apns {

provider_token_minter::provider_token_minter(std::string_view team_id, std::string_view key_id,
                                             std::string_view private_key)
    : team_id_(team_id),
      key_id_(key_id),
      private_key_(private_key),
      signer_(net::signature_algorithm::es256, private_key) {}

bool provider_token_minter::stale(const moment& now) const {
  const auto age = now.wall - minted_.wall;
  return now.steady - minted_.steady >= renewal_age || age >= renewal_age ||
         age < std::chrono::minutes{-1};
}

std::shared_ptr<const net::bearer_token> provider_token_minter::current(const moment& now) {
  const std::lock_guard lock(mutex_);
  if (!token_ || (stale(now) && now.steady - minted_.steady >= least_interval)) mint(now);
  return token_;
}

bool provider_token_minter::expired(std::uint64_t generation, const moment& now) {
  const std::lock_guard lock(mutex_);
  if (token_ && token_->generation != generation) return true;
  if (token_ && now.steady - minted_.steady < least_interval) return false;
  mint(now);
  return true;
}

void provider_token_minter::replace_key(std::string_view key_id, std::string_view private_key,
                                        const moment& now) {
  net::token_signer signer(net::signature_algorithm::es256, private_key);
  const std::lock_guard lock(mutex_);
  // A reload that changes nothing must not look to Apple like a token too many.
  if (key_id == key_id_ && private_key == private_key_) return;
  key_id_ = key_id;
  private_key_ = private_key;
  signer_ = std::move(signer);
  mint(now);
}

void provider_token_minter::mint(const moment& now) {
  std::string header = R"({"alg":"ES256",)";
  net::append_json_member(header, "kid", key_id_);
  header += '}';
  std::string claims = "{";
  net::append_json_member(claims, "iss", team_id_);
  claims += R"(,"iat":)";
  claims += std::to_string(std::chrono::floor<std::chrono::seconds>(now.wall).time_since_epoch() /
                           std::chrono::seconds{1});
  claims += '}';
  auto next = std::make_shared<net::bearer_token>();
  next->authorization = "bearer " + signer_.sign(header, claims);
  next->generation = token_ ? token_->generation + 1 : 1;
  token_ = std::move(next);
  minted_ = now;
}

std::shared_ptr<provider_token_minter> provider_tokens::of(std::string_view team_id,
                                                           std::string_view key_id,
                                                           std::string_view private_key) {
  const std::lock_guard lock(mutex_);
  std::string name(team_id);
  name += '/';
  name += key_id;
  auto& minter = minters_[name];
  if (!minter) minter = std::make_shared<provider_token_minter>(team_id, key_id, private_key);
  return minter;
}

}  // namespace paperboy::apns
