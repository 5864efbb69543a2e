#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace paperboy {

// Text is UTF-8 everywhere; offsets and sizes are bytes unless a name says code points. Character
// properties are those of the linked ICU (72: Unicode 15.0).

// Well-formed by the Unicode Standard, table 3-7: no overlong forms, no surrogates.
bool valid_utf8(std::string_view text) noexcept;

// The text itself, or with U+FFFD for every ill-formed part.
std::string mend_utf8(std::string_view text);

// Of valid UTF-8; an ill-formed part counts as one.
std::size_t count_code_points(std::string_view text) noexcept;

enum class text_fault : std::uint8_t {
  not_utf8,
  empty,
  control_character,  // C0, C1, DEL, line and paragraph separators, noncharacters
  bidi_override,      // U+202A-202E, U+2066-2069: text that shows otherwise than it reads
  byte_order_mark,    // U+FEFF
  too_many_marks,     // more than max_marks combining marks on one letter
  not_visible,        // nothing but spaces, joiners, fillers or marks without a letter
  too_long,
};

std::string_view code(text_fault fault) noexcept;      // a stable slug
std::string_view sentence(text_fault fault) noexcept;  // what is wrong, for the sender

inline constexpr std::size_t max_marks = 8;

// Whether text from outside may be shown on a phone as it is. Nothing is cleaned: the first fault
// is named. Marks of direction (U+200E, U+200F, U+061C) and joiners are part of ordinary text.
std::optional<text_fault> check_text(std::string_view text, std::size_t max_code_points) noexcept;

// True where some character leaves ink.
bool has_visible_character(std::string_view text) noexcept;

// Cutting. Text within the limit comes back unchanged. Longer text ends after a whole grapheme, at
// the end of a word where that costs less than half of what would fit, without trailing space or
// opening punctuation, and with "…" (which counts). Isolates opened in what is kept are closed.
// What is left is empty where not even one grapheme fits.
std::string cut_to_code_points(std::string_view text, std::size_t limit);

// The limit is in bytes of the text escaped for JSON as payload.hpp says.
std::string cut_to_escaped_bytes(std::string_view text, std::size_t limit);

// By the first strong character (Unicode Standard Annex 9, P2 without isolates).
enum class direction : std::uint8_t { none, left_to_right, right_to_left };
direction direction_of(std::string_view text) noexcept;

// Between U+2068 and U+2069, so that its direction changes nothing around it.
std::string isolated(std::string_view text);

}  // namespace paperboy
