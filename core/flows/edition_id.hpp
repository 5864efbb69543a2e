#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/domain/outcome.hpp"
#include "core/domain/seal.hpp"

namespace paperboy {

// One chosen list in one locale, by its place among the run's frozen candidates. Its id carries all
// of it under a MAC, so that an edition can be opened without anything stored for it.
struct edition_key {
  instant run_at{};  // whole minutes
  std::string locale;
  std::vector<std::uint16_t> ordinals;  // in the order shown

  friend bool operator==(const edition_key&, const edition_key&) = default;
};

// base64url, [A-Za-z0-9_-], at most 128 characters: at most 20 ordinals and 35 bytes of locale.
std::string seal_edition(const seal& s, std::string_view app, const edition_key& key);

// Nothing if the text was not made by this installation for this app.
std::optional<edition_key> open_edition(const seal& s, std::string_view app, std::string_view text);

}  // namespace paperboy
