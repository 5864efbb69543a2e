#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/domain/notification.hpp"

namespace paperboy {

// The two JSON bodies, exactly as adapters/apns and adapters/fcm write them: UTF-8, keys in this
// order, no white space. T title, B body, U url, I image_url, E edition, ID a message id of 36
// characters. A member whose value is empty is left out with its key; `title`, `id` and `kind` are
// always there. Sources: Apple, "Generating a remote notification"; Firebase, "REST Resource:
// projects.messages".
//
// APNs:
//   {"aps":{"alert":{"title":T,"body":B},"sound":"default","thread-id":THREAD,
//    "mutable-content":1},"paperboy":{"id":ID,"kind":KIND,"edition":E,"url":U,"image":I}}
//   `"mutable-content":1` stands there only with a picture. A quiet copy has
//   `"interruption-level":"passive"` in the place of `"sound":"default"`.
//
// FCM:
//   {"message":{"token":TOKEN,"notification":{"title":T,"body":B,"image":I},
//    "data":{"paperboy_id":ID,"paperboy_kind":KIND,"paperboy_edition":E,"paperboy_url":U},
//    "android":{"collapse_key":COLLAPSE,"ttl":"Ns","priority":PRIORITY,
//    "notification":{"channel_id":CHANNEL,"tag":TAG}}}}
//   N is at most 2419200 (four weeks, FCM's own limit). A quiet copy differs in CHANNEL alone.
//
//               digest              breaking
//   KIND        digest              notification
//   THREAD      digest              breaking
//   PRIORITY    NORMAL              HIGH
//   CHANNEL     paperboy_digest     paperboy_breaking      (quiet: paperboy_quiet)
//   COLLAPSE    paperboy_digest     paperboy_breaking      (or the newsroom's collapse_key)
//   TAG         digest-<scope>      breaking-<scope>       (or breaking-<collapse_key>)
//
// Escaping in both: `"` and `\` and \b \f \n \r \t take two bytes, every other character below
// U+0020 six (\u00XX, lower-case hex), all else stands as raw UTF-8; `/` and U+007F stand as they
// are.

std::string_view kind_word(push_kind kind) noexcept;
std::string_view thread_word(push_kind kind) noexcept;
std::string_view fcm_priority(push_kind kind) noexcept;
std::string_view android_channel(push_kind kind, bool quiet) noexcept;
std::string_view android_collapse_key(const notification& n) noexcept;
std::string android_tag(const notification& n);

// Bytes of `text` inside the quotes of a JSON string, by the escaping above.
std::size_t escaped_length(std::string_view text) noexcept;

// Bytes of the longest form that the adapter writes for any device: quiet, and for FCM with a time
// to live of seven digits. FCM's token is not counted (its quotes are), as FCM does not.
std::size_t apns_payload_length(const notification& n) noexcept;
std::size_t fcm_payload_length(const notification& n) noexcept;
bool fits(const notification& n) noexcept;

// What fit() can rely on: with fields no longer than these, in bytes after escaping, a payload fits
// once its body, picture and title are cut. item validation and edition ids keep to them.
inline constexpr std::size_t max_url_bytes = 2048;
inline constexpr std::size_t max_edition_bytes = 512;
inline constexpr std::size_t max_scope_bytes = 64;
inline constexpr std::size_t max_collapse_key_bytes = 64;

// Makes both payloads at most payload_limit bytes long: cuts the body down to a line, then drops
// the picture, then cuts the body further, then the title; each at a word and a grapheme, with "…".
// Never touches ids, url, scope or collapse key. Texts that already fit come back unchanged. Text
// that is not UTF-8 is mended with U+FFFD first.
notification fit(notification n);

}  // namespace paperboy
