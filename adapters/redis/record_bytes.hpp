#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

// How numbers and texts stand in a packed record. Private to record*.cpp.
namespace paperboy::redis {

// Appends to a string.
class byte_writer {
 public:
  explicit byte_writer(std::string& out) : out_(out) {}

  void u8(unsigned value) { out_.push_back(static_cast<char>(value)); }
  void u16(std::uint16_t value) { fixed(value, 2); }
  void u32(std::uint32_t value) { fixed(value, 4); }
  // LEB128: seven bits a byte, least significant first, the top bit set on all but the last.
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) u8(static_cast<unsigned>(value & 0x7F) | 0x80U);
    u8(static_cast<unsigned>(value));
  }
  // Small magnitudes of either sign stay small.
  void zigzag(std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    varint((bits << 1) ^ (value < 0 ? ~std::uint64_t{0} : 0));
  }
  void bytes(std::string_view value) { out_.append(value); }
  void text(std::string_view value) {
    varint(value.size());
    bytes(value);
  }

 private:
  void fixed(std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) u8(static_cast<unsigned>(value >> (8 * i)) & 0xFFU);
  }
  std::string& out_;
};

// Takes from a view. Past the end, or at an impossible number, it fails for good and gives zeros,
// so that callers check once.
class byte_reader {
 public:
  explicit byte_reader(std::string_view in) : in_(in) {}

  bool failed() const noexcept { return failed_; }
  bool at_end() const noexcept { return !failed_ && at_ == in_.size(); }
  std::size_t position() const noexcept { return at_; }
  std::size_t left() const noexcept { return in_.size() - at_; }
  void fail() noexcept { failed_ = true; }

  unsigned u8() noexcept {
    if (failed_ || at_ == in_.size()) {
      failed_ = true;
      return 0;
    }
    return static_cast<unsigned char>(in_[at_++]);
  }
  std::uint16_t u16() noexcept { return static_cast<std::uint16_t>(fixed(2)); }
  std::uint32_t u32() noexcept { return static_cast<std::uint32_t>(fixed(4)); }
  std::uint64_t varint() noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const unsigned byte = u8();
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) {
        // The tenth byte holds one bit.
        if (shift == 63 && byte > 1) failed_ = true;
        return failed_ ? 0 : value;
      }
    }
    failed_ = true;
    return 0;
  }
  std::int64_t zigzag() noexcept {
    const std::uint64_t value = varint();
    return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  // A varint of at most `most`.
  std::uint64_t varint_up_to(std::uint64_t most) noexcept {
    const std::uint64_t value = varint();
    if (value > most) failed_ = true;
    return failed_ ? 0 : value;
  }
  std::string_view bytes(std::size_t size) noexcept {
    if (failed_ || size > left()) {
      failed_ = true;
      return {};
    }
    const auto taken = in_.substr(at_, size);
    at_ += size;
    return taken;
  }
  std::string_view text() noexcept { return bytes(static_cast<std::size_t>(varint())); }

 private:
  std::uint64_t fixed(unsigned size) noexcept {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i) value |= static_cast<std::uint64_t>(u8()) << (8 * i);
    return failed_ ? 0 : value;
  }

  std::string_view in_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

// Language tags. `az` takes 2 bytes, `az-AZ` takes 3, any other one byte of length and its text,
// up to 63 bytes. The first byte tells: 00xxxxxx the length, 01xxxxxx two letters, 1xxxxxxx four.
void write_locale(byte_writer& out, std::string_view tag);
// Appends to `tag`, which may be null.
void read_locale(byte_reader& in, std::string* tag);

// Versions of apps: "3.1.0" takes 4 bytes, digits and dots being half a byte each. At most 127
// bytes; what is longer is cut.
void write_app_version(byte_writer& out, std::string_view version);
void read_app_version(byte_reader& in, std::string* version);

}  // namespace paperboy::redis
