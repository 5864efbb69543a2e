#pragma once

#include <memory>
#include <string>

#include "adapters/simulators/exchange.hpp"
#include "adapters/simulators/world.hpp"

namespace paperboy::simulators {

// FCM's HTTP v1 (`/v1/projects/{id}/messages:send`) and Google's token endpoint (`/token`) on one
// listener. `token_uri` is what an assertion's `aud` has to be. Keeps a reference to the world.
class fcm_site : public site {
 public:
  virtual void token_uri(std::string uri) = 0;
};
std::unique_ptr<fcm_site> make_fcm_site(world& w);

}  // namespace paperboy::simulators
