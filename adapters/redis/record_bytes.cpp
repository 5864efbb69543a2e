#include "adapters/redis/record_bytes.hpp"

namespace paperboy::redis {
namespace {

constexpr std::size_t longest_locale = 63;
constexpr std::size_t longest_app_version = 127;
constexpr unsigned two_letters = 0x40;
constexpr unsigned four_letters = 0x80;
constexpr unsigned halves_flag = 0x80;
constexpr unsigned dot = 10;

bool lower(char c) noexcept {
  return c >= 'a' && c <= 'z';
}
bool upper(char c) noexcept {
  return c >= 'A' && c <= 'Z';
}
unsigned letter(char c, char first) noexcept {
  return static_cast<unsigned>(c - first);
}
char letter_at(unsigned value, char first) noexcept {
  return static_cast<char>(static_cast<unsigned>(first) + value);
}

bool digits_and_dots(std::string_view text) noexcept {
  return !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos;
}

unsigned half(char c) noexcept {
  return c == '.' ? dot : letter(c, '0');
}

}  // namespace

void write_locale(byte_writer& out, std::string_view tag) {
  const bool language = tag.size() >= 2 && lower(tag[0]) && lower(tag[1]);
  if (language && tag.size() == 2) {
    const unsigned bits = letter(tag[0], 'a') * 26 + letter(tag[1], 'a');
    out.u8(two_letters | bits >> 8);
    out.u8(bits & 0xFF);
  } else if (language && tag.size() == 5 && tag[2] == '-' && upper(tag[3]) && upper(tag[4])) {
    const unsigned bits =
        ((letter(tag[0], 'a') * 26 + letter(tag[1], 'a')) * 26 + letter(tag[3], 'A')) * 26 +
        letter(tag[4], 'A');
    out.u8(four_letters | bits >> 16);
    out.u8(bits >> 8 & 0xFF);
    out.u8(bits & 0xFF);
  } else {
    const auto kept = tag.substr(0, longest_locale);
    out.u8(static_cast<unsigned>(kept.size()));
    out.bytes(kept);
  }
}

void read_locale(byte_reader& in, std::string* tag) {
  const unsigned first = in.u8();
  if (first < two_letters) {
    const auto text = in.bytes(first);
    if (tag != nullptr) tag->append(text);
    return;
  }
  const bool region = (first & four_letters) != 0;
  unsigned bits = first & (region ? four_letters - 1 : two_letters - 1);
  bits = bits << 8 | in.u8();
  if (region) bits = bits << 8 | in.u8();
  char text[5] = {'a', 'a', '-', 'A', 'A'};
  if (region) {
    text[4] = letter_at(bits % 26, 'A');
    text[3] = letter_at(bits / 26 % 26, 'A');
    bits /= 26 * 26;
  }
  if (bits >= 26 * 26) in.fail();
  if (in.failed() || tag == nullptr) return;
  text[0] = letter_at(bits / 26, 'a');
  text[1] = letter_at(bits % 26, 'a');
  tag->append(text, region ? 5 : 2);
}

void write_app_version(byte_writer& out, std::string_view version) {
  const auto kept = version.substr(0, longest_app_version);
  if (!digits_and_dots(kept)) {
    out.u8(static_cast<unsigned>(kept.size()));
    out.bytes(kept);
    return;
  }
  out.u8(halves_flag | static_cast<unsigned>(kept.size()));
  for (std::size_t i = 0; i < kept.size(); i += 2) {
    const unsigned second = i + 1 < kept.size() ? half(kept[i + 1]) : 0;
    out.u8(half(kept[i]) << 4 | second);
  }
}

void read_app_version(byte_reader& in, std::string* version) {
  const unsigned first = in.u8();
  const std::size_t size = first & (halves_flag - 1);
  if ((first & halves_flag) == 0) {
    const auto text = in.bytes(size);
    if (version != nullptr) version->append(text);
    return;
  }
  const auto packed = in.bytes((size + 1) / 2);
  for (std::size_t i = 0; i < size && !in.failed(); ++i) {
    const auto byte = static_cast<unsigned char>(packed[i / 2]);
    const unsigned value = i % 2 == 0 ? byte >> 4 : byte & 15U;
    if (value > dot) {
      in.fail();
    } else if (version != nullptr) {
      version->push_back(value == dot ? '.' : letter_at(value, '0'));
    }
  }
}

}  // namespace paperboy::redis
