#include "adapters/apns/wire.hpp"

#include <xxhash.h>

#include <algorithm>

#include "adapters/net/json_string.hpp"
#include "core/domain/base64url.hpp"
#include "core/domain/payload.hpp"

namespace paperboy::apns {
namespace {

using net::append_json_member;

void append_optional(std::string& out, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  out += ',';
  append_json_member(out, key, value);
}

std::string head_of(const notification& n, bool quiet) {
  std::string out = R"({"aps":{"alert":{)";
  append_json_member(out, "title", n.title);
  append_optional(out, "body", n.body);
  out += "},";
  out += quiet ? R"("interruption-level":"passive",)" : R"("sound":"default",)";
  append_json_member(out, "thread-id", thread_word(n.kind));
  if (!n.image_url.empty()) out += R"(,"mutable-content":1)";
  out += R"(},"paperboy":{"id":")";
  return out;
}

std::string tail_of(const notification& n) {
  std::string out = "\",";
  append_json_member(out, "kind", kind_word(n.kind));
  append_optional(out, "edition", n.edition);
  append_optional(out, "url", n.url);
  append_optional(out, "image", n.image_url);
  out += "}}";
  return out;
}

// The newsroom's own key takes the scope's place, and cannot meet a scope of the same text.
std::uint64_t seed_of(const notification& n) {
  std::string what(kind_word(n.kind));
  what += n.collapse_key.empty() ? '\x01' : '\x02';
  what += n.collapse_key.empty() ? n.scope : n.collapse_key;
  return XXH3_64bits(what.data(), what.size());
}

}  // namespace

prepared::prepared(const notification& n)
    : loud_head_(head_of(n, false)),
      quiet_head_(head_of(n, true)),
      tail_(tail_of(n)),
      collapse_seed_(seed_of(n)) {}

std::array<char, collapse_id_size> collapse_id(const prepared& message, std::string_view token) {
  XXH128_canonical_t bytes;
  XXH128_canonicalFromHash(
      &bytes, XXH3_128bits_withSeed(token.data(), token.size(), message.collapse_seed()));
  std::array<char, collapse_id_size> text;
  to_base64url({reinterpret_cast<const char*>(bytes.digest), sizeof bytes.digest}, text.data());
  return text;
}

void write_path(std::string_view token, char* out) noexcept {
  constexpr std::string_view hex = "0123456789abcdef";
  out = std::ranges::copy(path_start, out).out;
  for (const char c : token) {
    const auto byte = static_cast<unsigned char>(c);
    *out++ = hex[byte >> 4];
    *out++ = hex[byte & 15];
  }
}

}  // namespace paperboy::apns
