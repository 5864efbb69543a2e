#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace paperboy::command_line::demo {

// Columns that a terminal gives to valid UTF-8: none to marks and format characters, two to what
// Unicode Standard Annex 11 calls wide and to emoji. A grapheme is as wide as its widest part.
std::size_t columns_of(std::string_view text);

// Lines of at most `columns` (at least 2), broken where Unicode Standard Annex 14 allows it; a word
// that is longer than a line between graphemes. Spaces at a break are gone, and so are isolates
// (U+2066 to U+2069): terminals show them as they please. One empty line for an empty text.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns);

// The text in exactly `columns`: filled with spaces, behind it or, of a text that runs from right to
// left, before it; unchanged where it is longer.
std::string filled(std::string_view text, std::size_t columns, bool right_to_left = false);

// What a terminal is told about colour. Empty strings where none is wanted.
struct palette {
  std::string_view bold, dim, link, good, bad, reset;
};
palette colours();
palette no_colours();

// A box whose lines have `box_columns` inside, between `top` and `bottom`, which stand in its frame
// and are cut there. Lines keep their colours: they come filled to box_columns.
inline constexpr std::size_t box_columns = 72;
std::string boxed(std::string_view top, const std::vector<std::string>& lines,
                  std::string_view bottom, const palette& p);

}  // namespace paperboy::command_line::demo
