#include "adapters/command_line/demo/terminal_text.hpp"

#include <unicode/brkiter.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace paperboy::command_line::demo {
namespace {

// A break iterator over one text.
class breaks {
 public:
  enum class at : std::uint8_t { graphemes, lines };

  breaks(std::string_view text, at where) {
    UErrorCode status = U_ZERO_ERROR;
    const auto& root = icu::Locale::getRoot();
    iterator_.reset(where == at::lines ? icu::BreakIterator::createLineInstance(root, status)
                                       : icu::BreakIterator::createCharacterInstance(root, status));
    utext_openUTF8(&text_, text.data(), static_cast<std::int64_t>(text.size()), &status);
    if (U_SUCCESS(status)) iterator_->setText(&text_, status);
    if (U_FAILURE(status)) throw std::runtime_error("ICU cannot break a text");
    iterator_->first();
  }
  breaks(const breaks&) = delete;
  breaks& operator=(const breaks&) = delete;
  ~breaks() { utext_close(&text_); }

  // The end of the next piece; false behind the last.
  bool next(std::size_t& end) {
    const auto at = iterator_->next();
    if (at == icu::BreakIterator::DONE) return false;
    end = static_cast<std::size_t>(at);
    return true;
  }

 private:
  UText text_ = UTEXT_INITIALIZER;
  std::unique_ptr<icu::BreakIterator> iterator_;
};

std::size_t columns_of_code_point(UChar32 c) {
  constexpr std::uint32_t none = U_GC_MN_MASK | U_GC_ME_MASK | U_GC_CF_MASK | U_GC_CC_MASK;
  if (c < 0) return 1;
  if ((U_GET_GC_MASK(c) & none) != 0) return 0;
  const auto wide = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
  if (wide == U_EA_WIDE || wide == U_EA_FULLWIDTH) return 2;
  return u_hasBinaryProperty(c, UCHAR_EMOJI_PRESENTATION) != 0 ? 2 : 1;
}

std::size_t columns_of_grapheme(std::string_view text) {
  constexpr UChar32 emoji_selector = 0xFE0F;
  std::size_t widest = 0;
  for (std::size_t at = 0; at < text.size();) {
    UChar32 c = 0;
    U8_NEXT(text.data(), at, text.size(), c);
    widest = std::max(widest, c == emoji_selector ? std::size_t{2} : columns_of_code_point(c));
  }
  return widest;
}

std::string without_isolates(std::string_view text) {
  std::string kept;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = at;
    UChar32 c = 0;
    U8_NEXT(text.data(), at, text.size(), c);
    if (c < 0x2066 || c > 0x2069) kept += text.substr(from, at - from);
  }
  return kept;
}

std::string_view without_spaces_behind(std::string_view text) {
  const auto last = text.find_last_not_of(" \t\n");
  return last == std::string_view::npos ? std::string_view{} : text.substr(0, last + 1);
}

// As many whole graphemes as fit; at least one.
std::string_view cut(std::string_view text, std::size_t columns) {
  breaks graphemes(text, breaks::at::graphemes);
  std::size_t used = 0;
  std::size_t kept = 0;
  for (std::size_t end = 0; graphemes.next(end); kept = end) {
    used += columns_of_grapheme(text.substr(kept, end - kept));
    if (used > columns && kept > 0) break;
  }
  return text.substr(0, kept);
}

std::string repeated(std::string_view what, std::size_t times) {
  std::string out;
  while (times-- > 0) out += what;
  return out;
}

// "╭─ text ─────╮" with box_columns + 4 columns in all.
std::string edge(std::string_view left, std::string_view text, std::string_view right,
                 const palette& p) {
  const auto shown = columns_of(text) > box_columns - 2 ? cut(text, box_columns - 2) : text;
  const std::string inside = shown.empty() ? std::string{} : ' ' + std::string{shown} + ' ';
  std::string out{p.dim};
  out.append(left).append("─").append(p.reset).append(inside).append(p.dim);
  out += repeated("─", box_columns + 1 - columns_of(inside));
  return out.append(right).append(p.reset).append("\n");
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  breaks graphemes(text, breaks::at::graphemes);
  std::size_t columns = 0;
  std::size_t from = 0;
  for (std::size_t end = 0; graphemes.next(end); from = end) {
    columns += columns_of_grapheme(text.substr(from, end - from));
  }
  return columns;
}

std::vector<std::string> wrapped(std::string_view given, std::size_t columns) {
  columns = std::max<std::size_t>(columns, 2);
  const std::string text = without_isolates(given);
  std::vector<std::string> lines(1);
  const auto put = [&](std::string_view piece) {
    if (columns_of(lines.back()) + columns_of(without_spaces_behind(piece)) > columns &&
        !lines.back().empty()) {
      lines.back() = without_spaces_behind(lines.back());
      lines.emplace_back();
    }
    while (columns_of(without_spaces_behind(piece)) > columns) {
      const auto part = cut(piece, columns);
      lines.back() = part;
      lines.emplace_back();
      piece.remove_prefix(part.size());
    }
    lines.back() += piece;
  };
  breaks pieces(text, breaks::at::lines);
  std::size_t from = 0;
  for (std::size_t end = 0; pieces.next(end); from = end) {
    put(std::string_view{text}.substr(from, end - from));
  }
  lines.back() = without_spaces_behind(lines.back());
  return lines;
}

std::string filled(std::string_view text, std::size_t columns, bool right_to_left) {
  const std::size_t used = columns_of(text);
  const std::string space(used < columns ? columns - used : 0, ' ');
  return right_to_left ? space + std::string{text} : std::string{text} + space;
}

palette colours() {
  return {"\x1b[1m", "\x1b[2m", "\x1b[36m", "\x1b[32m", "\x1b[31m", "\x1b[0m"};
}
palette no_colours() {
  return {};
}

std::string boxed(std::string_view top, const std::vector<std::string>& lines,
                  std::string_view bottom, const palette& p) {
  std::string out = edge("╭", top, "╮", p);
  for (const auto& line : lines) {
    out.append(p.dim).append("│").append(p.reset).append(" ").append(line).append(" ");
    out.append(p.dim).append("│").append(p.reset).append("\n");
  }
  return out + edge("╰", bottom, "╯", p);
}

}  // namespace paperboy::command_line::demo
