#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace paperboy::simulators::test {

enum class encoding : std::uint8_t { raw, der };

std::string base64url(std::string_view bytes);

// A JWT with these JSON texts as header and claims, signed with a PEM key: ES256 for an EC key,
// RS256 for an RSA key.
std::string sign(std::string_view header, std::string_view claims, const std::string& key,
                 encoding form = encoding::raw);

// APNs' provider token.
std::string provider_token(const std::string& key, std::int64_t issued_at,
                           std::string_view team = "TEAM123456",
                           std::string_view key_id = "ABC123DEFG");

// Google's assertion, good for an hour.
std::string assertion(
    const std::string& key, std::string_view email, std::string_view audience,
    std::int64_t issued_at,
    std::string_view scope = "https://www.googleapis.com/auth/firebase.messaging");

}  // namespace paperboy::simulators::test
