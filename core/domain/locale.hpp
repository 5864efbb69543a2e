#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace paperboy {

inline constexpr std::size_t max_locale_bytes = 35;  // RFC 5646, section 4.4.1

// A well-formed language tag by RFC 5646, section 2.1, the language in two or three letters,
// without extended language subtags and grandfathered tags: `az`, `az-Latn-AZ`, `es-419`,
// `ar-EG-u-nu-latn`. Case does not count. At most max_locale_bytes long. Whether anybody speaks it
// is not asked.
bool valid_locale(std::string_view tag) noexcept;

// The same tag in the case that RFC 5646, section 2.1.1 recommends: `AZ-latn-az` -> `az-Latn-AZ`.
// Of a tag that valid_locale() takes.
std::string canonical_locale(std::string_view tag);

// `az` of `az-Latn-AZ`, in lower case.
std::string language_of(std::string_view tag);

// Picks the tag that a reader of `wanted` reads best: the same language in the same script, where
// the likely script counts if none is named (`az-Cyrl` does not read `az`, `zh-TW` reads
// `zh-Hant`); among those the same region, else the one without a region, else the language's
// likely region, else the first. Nothing where none is in that language and script.
std::optional<std::size_t> negotiate(std::string_view wanted,
                                     std::span<const std::string_view> available);

}  // namespace paperboy
