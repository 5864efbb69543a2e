#include "core/domain/locale.hpp"

#include <unicode/uloc.h>

#include <algorithm>
#include <array>
#include <functional>
#include <unordered_map>

namespace paperboy {
namespace {

bool letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
char upper(char c) noexcept {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

bool all_of(std::string_view text, bool (*is)(char) noexcept) noexcept {
  return std::all_of(text.begin(), text.end(), is);
}

bool alphanumeric(char c) noexcept {
  return letter(c) || digit(c);
}

// Walks the subtags of a tag, left to right.
class subtags {
 public:
  explicit subtags(std::string_view tag) noexcept : rest_{tag} { next(); }

  bool done() const noexcept { return done_; }
  std::string_view current() const noexcept { return current_; }

  void next() noexcept {
    if (last_) {
      done_ = true;
      current_ = {};
      return;
    }
    const auto dash = rest_.find('-');
    current_ = rest_.substr(0, dash);
    last_ = dash == std::string_view::npos;
    if (!last_) rest_.remove_prefix(dash + 1);
  }

 private:
  std::string_view rest_;
  std::string_view current_;
  bool last_ = false;
  bool done_ = false;
};

bool is_language(std::string_view s) noexcept {
  return (s.size() == 2 || s.size() == 3) && all_of(s, &letter);
}
bool is_script(std::string_view s) noexcept {
  return s.size() == 4 && all_of(s, &letter);
}
bool is_region(std::string_view s) noexcept {
  return (s.size() == 2 && all_of(s, &letter)) || (s.size() == 3 && all_of(s, &digit));
}
bool is_variant(std::string_view s) noexcept {
  if (!all_of(s, &alphanumeric)) return false;
  return (s.size() >= 5 && s.size() <= 8) || (s.size() == 4 && digit(s[0]));
}
bool is_singleton(std::string_view s) noexcept {
  return s.size() == 1 && alphanumeric(s[0]);
}
bool is_extension_part(std::string_view s, bool is_private) noexcept {
  return s.size() >= (is_private ? 1U : 2U) && s.size() <= 8 && all_of(s, &alphanumeric);
}

// One extension or the private use part: a singleton with at least one part behind it.
bool take_extension(subtags& at) noexcept {
  const bool is_private = lower(at.current()[0]) == 'x';
  at.next();
  std::size_t parts = 0;
  while (!at.done() && is_extension_part(at.current(), is_private)) {
    ++parts;
    at.next();
  }
  return parts > 0 && (!is_private || at.done());
}

// The subtags that decide what a reader can read, the likely ones filled in.
struct spoken {
  std::string language;
  std::string script;
  std::string region;
  bool names_region = false;
};

using subtag_getter = std::int32_t (*)(const char*, char*, std::int32_t, UErrorCode*);

std::string subtag(const char* locale, subtag_getter get) {
  std::array<char, ULOC_FULLNAME_CAPACITY> buffer{};
  UErrorCode status = U_ZERO_ERROR;
  const auto size = get(locale, buffer.data(), static_cast<std::int32_t>(buffer.size()), &status);
  return U_SUCCESS(status) ? std::string(buffer.data(), static_cast<std::size_t>(size))
                           : std::string{};
}

spoken looked_up(std::string_view tag) {
  std::array<char, ULOC_FULLNAME_CAPACITY> id{};
  std::array<char, ULOC_FULLNAME_CAPACITY> full{};
  const auto capacity = static_cast<std::int32_t>(id.size());
  UErrorCode status = U_ZERO_ERROR;
  uloc_forLanguageTag(std::string{tag}.c_str(), id.data(), capacity, nullptr, &status);
  uloc_addLikelySubtags(id.data(), full.data(), capacity, &status);
  if (U_FAILURE(status)) return {language_of(tag), {}, {}, false};
  return {subtag(full.data(), &uloc_getLanguage), subtag(full.data(), &uloc_getScript),
          subtag(full.data(), &uloc_getCountry), !subtag(id.data(), &uloc_getCountry).empty()};
}

struct tag_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view tag) const noexcept {
    return std::hash<std::string_view>{}(tag);
  }
};

// ICU takes microseconds to fill in a tag and readers share a few dozen tags, so each thread keeps
// what it looked up.
spoken spoken_by(std::string_view tag) {
  constexpr std::size_t most_kept = 1024;
  thread_local std::unordered_map<std::string, spoken, tag_hash, std::equal_to<>> kept;
  if (const auto at = kept.find(tag); at != kept.end()) return at->second;
  if (kept.size() >= most_kept) kept.clear();
  return kept.emplace(std::string{tag}, looked_up(tag)).first->second;
}

// 0: cannot be read.
int closeness(const spoken& wanted, const spoken& offered) {
  if (wanted.language != offered.language || wanted.script != offered.script) return 0;
  if (wanted.region == offered.region && offered.names_region == wanted.names_region) return 5;
  if (wanted.region == offered.region && offered.names_region) return 4;
  if (!offered.names_region) return 3;
  const spoken likely = spoken_by(wanted.language + "-" + wanted.script);
  return offered.region == likely.region ? 2 : 1;
}

}  // namespace

bool valid_locale(std::string_view tag) noexcept {
  if (tag.size() > max_locale_bytes) return false;
  subtags at{tag};
  if (!is_language(at.current())) return false;
  at.next();
  if (!at.done() && is_script(at.current())) at.next();
  if (!at.done() && is_region(at.current())) at.next();
  while (!at.done() && is_variant(at.current())) at.next();
  while (!at.done() && is_singleton(at.current())) {
    if (!take_extension(at)) return false;
  }
  return at.done();
}

std::string canonical_locale(std::string_view tag) {
  std::string out;
  out.reserve(tag.size());
  bool extension = false;
  for (subtags at{tag}; !at.done(); at.next()) {
    const auto part = at.current();
    const bool first = out.empty();
    if (!first) out += '-';
    extension = extension || part.size() == 1;
    for (std::size_t i = 0; i < part.size(); ++i) {
      const bool capital = !first && !extension && all_of(part, &letter) &&
                           (part.size() == 2 || (part.size() == 4 && i == 0));
      out += capital ? upper(part[i]) : lower(part[i]);
    }
  }
  return out;
}

std::string language_of(std::string_view tag) {
  std::string language{tag.substr(0, tag.find('-'))};
  std::transform(language.begin(), language.end(), language.begin(), &lower);
  return language;
}

std::optional<std::size_t> negotiate(std::string_view wanted,
                                     std::span<const std::string_view> available) {
  const spoken reader = spoken_by(wanted);
  std::optional<std::size_t> best;
  int best_closeness = 0;
  for (std::size_t i = 0; i < available.size(); ++i) {
    const int c = closeness(reader, spoken_by(available[i]));
    if (c > best_closeness) {
      best_closeness = c;
      best = i;
    }
  }
  return best;
}

}  // namespace paperboy
