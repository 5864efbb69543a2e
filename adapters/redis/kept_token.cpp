#include "adapters/redis/kept_token.hpp"

#include <algorithm>

#include "core/domain/base64url.hpp"

namespace paperboy::redis {
namespace {

constexpr std::size_t raw_apns_bytes = 32;
constexpr std::string_view middle = ":APA91b";
constexpr std::size_t most_letters = 4096;

bool is_letter(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

// Of so many letters, filled up with "A" to whole groups of four.
constexpr std::size_t bytes_of(std::size_t letters) noexcept { return (letters + 3) / 4 * 3; }

}  // namespace

bool has_short_form(platform system, std::string_view token) noexcept {
  if (system == platform::ios) return token.size() == raw_apns_bytes;
  const auto at = token.find(middle);
  if (at > 255 || token.size() > most_letters) return false;
  const auto back = token.substr(at + middle.size());
  return std::ranges::all_of(token.substr(0, at), is_letter) && std::ranges::all_of(back, is_letter);
}

void write_token(byte_writer& out, platform system, std::string_view token) {
  if (!has_short_form(system, token)) return out.text(token);
  if (system == platform::ios) return out.bytes(token);
  const auto at = token.find(middle);
  std::string letters(token.substr(0, at));
  letters += token.substr(at + middle.size());
  const std::size_t count = letters.size();
  letters.resize((count + 3) / 4 * 4, 'A');
  out.u8(static_cast<unsigned>(at));
  out.varint(count - at);
  out.bytes(*from_base64url(letters));
}

kept_token kept_token::read(byte_reader& in, platform system, bool short_form) noexcept {
  kept_token t;
  if (!short_form) {
    t.bytes_ = in.text();
  } else if (system == platform::ios) {
    t.bytes_ = in.bytes(raw_apns_bytes);
  } else {
    t.letters_ = true;
    t.front_ = static_cast<std::uint8_t>(in.u8());
    t.back_ = static_cast<std::uint16_t>(in.varint_up_to(most_letters));
    const std::size_t size = bytes_of(std::size_t{t.front_} + t.back_);
    t.bytes_ = in.bytes(size);
    // A record that ends too early: the reader says so, and text() has no letters to move.
    if (t.bytes_.size() != size) return {};
  }
  return t;
}

std::string_view kept_token::text(std::string& room) const {
  if (!letters_) return bytes_;
  const std::size_t begin = room.size(), letters = std::size_t{front_} + back_;
  // Written one middle further on, then the front goes back to its place.
  room.resize(begin + middle.size() + bytes_.size() / 3 * 4);
  char* const at = room.data() + begin;
  to_base64url(bytes_, at + middle.size());
  std::copy_n(at + middle.size(), front_, at);
  std::copy(middle.begin(), middle.end(), at + front_);
  room.resize(begin + letters + middle.size());
  return std::string_view(room).substr(begin);
}

std::string kept_token::str() const {
  std::string room;
  return std::string(text(room));
}

}  // namespace paperboy::redis
