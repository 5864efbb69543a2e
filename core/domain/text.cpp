#include "core/domain/text.hpp"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <limits>

namespace paperboy {
namespace {

// Reads one code point and moves `at` behind it; negative for an ill-formed part.
UChar32 next_code_point(std::string_view text, std::size_t& at) noexcept {
  UChar32 c = 0;
  U8_NEXT(text.data(), at, text.size(), c);
  return c;
}

bool bidi_control(UChar32 c) noexcept {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

bool noncharacter(UChar32 c) noexcept {
  return (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
}

bool control(UChar32 c) noexcept {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029 || noncharacter(c);
}

bool mark(UChar32 c) noexcept {
  return (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0;
}

bool visible(UChar32 c) noexcept {
  if (c > 0x20 && c < 0x7F) return true;
  // A braille cell without dots is a symbol to Unicode and a blank to the eye.
  if (c == 0x2800 || u_isUWhiteSpace(c) || mark(c)) return false;
  constexpr std::uint32_t no_ink = U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CN_MASK | U_GC_CS_MASK;
  if ((U_GET_GC_MASK(c) & no_ink) != 0) return false;
  return u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) == 0;
}

// A joiner or selector between two marks does not start another letter.
bool continues_letter(UChar32 c) noexcept {
  return c >= 0x80 && (u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) != 0 ||
                       u_hasBinaryProperty(c, UCHAR_GRAPHEME_EXTEND) != 0);
}

std::optional<text_fault> check_character(UChar32 c) noexcept {
  if (c < 0) return text_fault::not_utf8;
  if (bidi_control(c)) return text_fault::bidi_override;
  if (c == 0xFEFF) return text_fault::byte_order_mark;
  if (control(c)) return text_fault::control_character;
  return std::nullopt;
}

}  // namespace

bool valid_utf8(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    if (next_code_point(text, at) < 0) return false;
  }
  return true;
}

std::string mend_utf8(std::string_view text) {
  std::string mended;
  mended.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = at;
    const bool whole = next_code_point(text, at) >= 0;
    mended += whole ? text.substr(from, at - from) : std::string_view{"\uFFFD"};
  }
  return mended;
}

std::size_t count_code_points(std::string_view text) noexcept {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) next_code_point(text, at);
  return count;
}

std::string_view code(text_fault fault) noexcept {
  switch (fault) {
    case text_fault::not_utf8:
      return "invalid-utf8";
    case text_fault::empty:
      return "empty";
    case text_fault::control_character:
      return "control-character";
    case text_fault::bidi_override:
      return "bidi-override";
    case text_fault::byte_order_mark:
      return "byte-order-mark";
    case text_fault::too_many_marks:
      return "combining-marks";
    case text_fault::not_visible:
      return "no-visible-character";
    case text_fault::too_long:
      return "too-long";
  }
  return "invalid";
}

std::string_view sentence(text_fault fault) noexcept {
  switch (fault) {
    case text_fault::not_utf8:
      return "is not valid UTF-8";
    case text_fault::empty:
      return "is empty";
    case text_fault::control_character:
      return "holds a control character or a line break; write one line of text";
    case text_fault::bidi_override:
      return "holds a bidirectional override or isolate (U+202A-202E, U+2066-2069); leave it out";
    case text_fault::byte_order_mark:
      return "holds a byte order mark (U+FEFF); leave it out";
    case text_fault::too_many_marks:
      return "has more than 8 combining marks on one letter";
    case text_fault::not_visible:
      return "has no visible character";
    case text_fault::too_long:
      return "is too long";
  }
  return "is invalid";
}

std::optional<text_fault> check_text(std::string_view text, std::size_t max_code_points) noexcept {
  if (text.empty()) return text_fault::empty;
  std::size_t count = 0;
  std::size_t marks = 0;
  bool seen = false;
  for (std::size_t at = 0; at < text.size(); ++count) {
    const UChar32 c = next_code_point(text, at);
    if (const auto fault = check_character(c)) return fault;
    if (mark(c)) {
      if (++marks > max_marks) return text_fault::too_many_marks;
    } else if (!continues_letter(c)) {
      marks = 0;
    }
    seen = seen || visible(c);
  }
  if (!seen) return text_fault::not_visible;
  if (count > max_code_points) return text_fault::too_long;
  return std::nullopt;
}

bool has_visible_character(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const UChar32 c = next_code_point(text, at);
    if (c >= 0 && visible(c)) return true;
  }
  return false;
}

direction direction_of(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const UChar32 c = next_code_point(text, at);
    if (c < 0) continue;
    const UCharDirection d = u_charDirection(c);
    if (d == U_LEFT_TO_RIGHT) return direction::left_to_right;
    if (d == U_RIGHT_TO_LEFT || d == U_RIGHT_TO_LEFT_ARABIC) return direction::right_to_left;
  }
  return direction::none;
}

std::string isolated(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 6);
  out += "\u2068";
  out += text;
  out += "\u2069";
  return out;
}

}  // namespace paperboy
