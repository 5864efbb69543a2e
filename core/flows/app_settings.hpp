#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/flows/outbox.hpp"

namespace paperboy {

// What the API knows of one app. `context.id` is the key under which it stands in a directory.
struct app_settings {
  app_context context;                  // the gateways write previews; they send nothing here
  std::vector<std::string> link_hosts;  // whose links items may carry; empty: any https host

  const digest_defaults& defaults() const noexcept { return context.defaults; }
};

using app_directory = std::map<std::string, app_settings, std::less<>>;

}  // namespace paperboy
