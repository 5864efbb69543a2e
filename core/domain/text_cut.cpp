#include <unicode/brkiter.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>

#include "core/domain/payload.hpp"
#include "core/domain/text.hpp"

namespace paperboy {
namespace {

constexpr std::string_view ellipsis = "…";
constexpr std::string_view close_isolate = "\u2069";

using break_iterator = std::unique_ptr<icu::BreakIterator>;

// Break iterators keep state and cost far more to open than to point at a text: one a thread. Root
// rules hold for every language, Thai and the like by dictionary. Without them the program cannot
// keep its promises, so a missing ICU data file ends it.
break_iterator opened(break_iterator (*open)(UErrorCode&)) {
  UErrorCode status = U_ZERO_ERROR;
  auto iterator = open(status);
  if (U_FAILURE(status) || !iterator) throw std::runtime_error("ICU has no break rules");
  return iterator;
}

icu::BreakIterator& graphemes() {
  thread_local const break_iterator iterator = opened([](UErrorCode& status) {
    return break_iterator{
        icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), status)};
  });
  return *iterator;
}

icu::BreakIterator& words() {
  thread_local const break_iterator iterator = opened([](UErrorCode& status) {
    return break_iterator{icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), status)};
  });
  return *iterator;
}

// A BreakIterator's view of UTF-8, without conversion. The text has to outlive it.
class opened_text {
 public:
  explicit opened_text(std::string_view text) {
    UErrorCode status = U_ZERO_ERROR;
    utext_openUTF8(&text_, text.data(), static_cast<std::int64_t>(text.size()), &status);
    if (U_FAILURE(status)) throw std::runtime_error("ICU cannot open a text");
  }
  opened_text(const opened_text&) = delete;
  opened_text& operator=(const opened_text&) = delete;
  ~opened_text() { utext_close(&text_); }

  void walk_with(icu::BreakIterator& iterator) {
    UErrorCode status = U_ZERO_ERROR;
    iterator.setText(&text_, status);
    if (U_FAILURE(status)) throw std::runtime_error("ICU cannot break a text");
  }

 private:
  UText text_ = UTEXT_INITIALIZER;
};

UChar32 last_code_point(std::string_view text, std::size_t& start) {
  auto at = static_cast<std::int32_t>(text.size());
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  UChar32 c = 0;
  U8_PREV(bytes, 0, at, c);
  start = static_cast<std::size_t>(at);
  return c;
}

// What looks lost at the end of a cut line: spaces, separators, an opened bracket.
bool dangles(UChar32 c) {
  if (c < 0) return false;
  if (c == ',' || c == ';' || c == ':' || c == 0x060C || c == 0x061B || c == 0x3001) return true;
  if (c == 0x00B7 || c == 0x2068 || u_isUWhiteSpace(c) != 0) return true;
  constexpr std::uint32_t opening = U_GC_PS_MASK | U_GC_PI_MASK | U_GC_PD_MASK;
  return (U_GET_GC_MASK(c) & opening) != 0;
}

std::string_view without_dangling(std::string_view text) {
  auto kept = text;
  while (!kept.empty()) {
    std::size_t start = 0;
    if (!dangles(last_code_point(kept, start))) break;
    kept = kept.substr(0, start);
  }
  return graphemes().isBoundary(static_cast<std::int32_t>(kept.size())) ? kept : text;
}

// Isolates that are open at the end of `text`, given how many were open before it.
std::size_t open_isolates(std::string_view text, std::size_t open = 0) {
  for (std::size_t at = text.find("\xE2\x81"); at != std::string_view::npos && at + 2 < text.size();
       at = text.find("\xE2\x81", at + 3)) {
    const char last = text[at + 2];
    if (last == '\xA6' || last == '\xA7' || last == '\xA8') ++open;
    if (last == '\xA9' && open > 0) --open;
  }
  return open;
}

using measure = std::size_t (*)(std::string_view) noexcept;

// The longest run of whole graphemes that fits together with what will be appended to it.
std::size_t longest_prefix(std::string_view text, std::size_t limit, measure cost) {
  auto& iterator = graphemes();
  const std::size_t tail = cost(ellipsis);
  const std::size_t close = cost(close_isolate);
  std::size_t used = tail;
  std::size_t open = 0;
  std::size_t fitting = 0;
  std::size_t from = 0;
  for (auto at = iterator.next(); at != icu::BreakIterator::DONE; at = iterator.next()) {
    const auto grapheme = text.substr(from, static_cast<std::size_t>(at) - from);
    used += cost(grapheme);
    if (used > limit) break;
    open = open_isolates(grapheme, open);
    from = static_cast<std::size_t>(at);
    if (used + open * close <= limit) fitting = from;
  }
  return fitting;
}

// The last word's end at or before `end` which is a grapheme's end as well, or `end` itself where
// that would give up half of the text.
std::size_t word_end(opened_text& source, std::size_t end) {
  source.walk_with(words());
  const auto wanted = static_cast<std::int32_t>(end);
  const auto at = words().isBoundary(wanted) ? wanted : words().preceding(wanted);
  if (at == icu::BreakIterator::DONE || static_cast<std::size_t>(at) * 2 < end) return end;
  return graphemes().isBoundary(at) ? static_cast<std::size_t>(at) : end;
}

std::string cut(std::string_view text, std::size_t limit, measure cost) {
  if (text.size() <= limit / 6 || cost(text) <= limit) return std::string{text};
  opened_text source{text};
  source.walk_with(graphemes());
  const std::size_t fitting = longest_prefix(text, limit, cost);
  if (fitting == 0) return {};
  const auto whole_words = without_dangling(text.substr(0, word_end(source, fitting)));
  if (!has_visible_character(whole_words)) return {};
  std::string out{whole_words};
  out += ellipsis;
  for (auto open = open_isolates(whole_words); open > 0; --open) out += close_isolate;
  return out;
}

}  // namespace

std::string cut_to_code_points(std::string_view text, std::size_t limit) {
  return cut(text, limit, &count_code_points);
}

std::string cut_to_escaped_bytes(std::string_view text, std::size_t limit) {
  return cut(text, limit, &escaped_length);
}

}  // namespace paperboy
