#pragma once

#include <string_view>

#include "adapters/simulators/exchange.hpp"
#include "adapters/simulators/world.hpp"

namespace paperboy::simulators {

// Google's OAuth 2.0 token endpoint for service accounts (RFC 7523): an assertion for an access
// token. `token_uri` is the audience that an assertion must name.
void answer_token_request(world& w, std::string_view token_uri, const request& r, answer& out);

}  // namespace paperboy::simulators
