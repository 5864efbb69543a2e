#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/redis/record_bytes.hpp"
#include "core/domain/subscriber.hpp"

// How a device's token stands in a packed record. Private to record*.cpp and to who reads blocks.
//
// Apple's have 32 bytes. Google's are today 22 letters of base64url, ":APA91b" and 134 more: letters
// take six bits each (u8 and number: how many before and behind, then the bytes), which saves 45 of
// 165 bytes. Whatever else a gateway may give stands as it is (number and bytes).
namespace paperboy::redis {

// A token in a record that outlives it.
class kept_token {
 public:
  // `short_form`: as write_token() said.
  static kept_token read(byte_reader& in, platform system, bool short_form) noexcept;

  // How much of its room text() takes while it works.
  std::size_t room() const noexcept { return letters_ ? bytes_.size() / 3 * 4 + middle_size : 0; }
  // The token: a view into the record, or into `room`, where it is put behind what is there. The
  // room must have that capacity free, so that earlier views hold.
  std::string_view text(std::string& room) const;
  std::string str() const;

 private:
  static constexpr std::size_t middle_size = 7;

  std::string_view bytes_;
  std::uint16_t back_ = 0;  // letters behind the middle
  std::uint8_t front_ = 0;  // letters before it
  bool letters_ = false;
};

// Whether it has a short form, and its bytes. read() fails on what was not written so.
bool has_short_form(platform system, std::string_view token) noexcept;
void write_token(byte_writer& out, platform system, std::string_view token);

}  // namespace paperboy::redis
