#include "core/flows/edition_id.hpp"

#include <algorithm>
#include <array>

#include "core/domain/base64url.hpp"

namespace paperboy {
namespace {

constexpr char version = 1;
constexpr std::size_t mac_bytes = 12;

std::string mac_of(const seal& s, std::string_view app, std::string_view bytes) {
  std::string signed_bytes(app);
  signed_bytes += '\0';
  signed_bytes += bytes;
  const auto mac = s.sign("edition", signed_bytes);
  return {reinterpret_cast<const char*>(mac.data()), mac_bytes};
}

bool same(std::string_view a, std::string_view b) noexcept {
  unsigned difference = a.size() == b.size() ? 0U : 1U;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    difference |= static_cast<unsigned>(static_cast<unsigned char>(a[i] ^ b[i]));
  }
  return difference == 0;
}

}  // namespace

std::string seal_edition(const seal& s, std::string_view app, const edition_key& key) {
  std::string raw(1, version);
  const auto minutes = static_cast<std::uint32_t>(
      std::chrono::floor<std::chrono::minutes>(key.run_at).time_since_epoch().count());
  for (int shift = 0; shift < 32; shift += 8) raw += static_cast<char>(minutes >> shift & 0xff);
  raw += static_cast<char>(key.locale.size());
  raw += key.locale;
  for (const std::uint16_t ordinal : key.ordinals) {
    raw += static_cast<char>(ordinal & 0xff);
    raw += static_cast<char>(ordinal >> 8);
  }
  raw += mac_of(s, app, raw);
  return to_base64url(raw);
}

std::optional<edition_key> open_edition(const seal& s, std::string_view app,
                                        std::string_view text) {
  if (text.size() > 192) return std::nullopt;
  const auto raw = from_base64url(text);
  if (!raw || raw->size() < 6 + mac_bytes || (*raw)[0] != version) return std::nullopt;
  const std::string_view body(raw->data(), raw->size() - mac_bytes);
  if (!same(std::string_view(*raw).substr(body.size()), mac_of(s, app, body))) return std::nullopt;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(body[at]); };
  std::uint32_t minutes = 0;
  for (unsigned i = 0; i < 4; ++i) minutes |= std::uint32_t{byte(1 + i)} << (8 * i);
  edition_key key;
  key.run_at = instant{std::chrono::minutes{minutes}};
  const std::size_t locale = byte(5);
  if (6 + locale > body.size() || (body.size() - 6 - locale) % 2 != 0) return std::nullopt;
  key.locale = body.substr(6, locale);
  for (std::size_t at = 6 + locale; at < body.size(); at += 2) {
    key.ordinals.push_back(static_cast<std::uint16_t>(byte(at) | byte(at + 1) << 8));
  }
  return key;
}

}  // namespace paperboy
