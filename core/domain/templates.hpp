#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/domain/text.hpp"

namespace paperboy {

// What a template says; the key in a file is in the comment, with the arguments it may use.
enum class phrase : std::uint8_t {
  digest_title,      // digest.title      {headline}, which has to be there
  digest_body_one,   // digest.body.one   {headline} {teaser}
  digest_body_two,   // digest.body.two   {headline} {second}
  digest_body_many,  // digest.body.many  {headline} {second} {third} {more}, a number from 0
};
inline constexpr std::size_t phrase_count = 4;

inline constexpr int most_more = 20;

// Which text stands behind a piece.
enum class text_argument : std::uint8_t { none, headline, teaser, second, third };

struct phrase_piece {
  std::string words;
  text_argument then = text_argument::none;
};

// By {more}, from 0 to most_more.
struct said_phrase {
  std::array<std::vector<phrase_piece>, most_more + 1> by_more;
};

struct phrase_arguments {
  std::string_view headline;
  std::string_view teaser;
  std::string_view second;
  std::string_view third;
  int more = 0;  // taken as most_more where it is larger
};

// Where a template is wrong, and what about it; line 0: the file as a whole.
struct template_error {
  std::string file;
  std::size_t line = 0;
  std::string key;
  std::string wrong;
};
std::string to_text(const template_error& e);  // "az.properties:3: digest.title: …"

// A file of templates: `key = pattern` in UTF-8, a pattern of ICU MessageFormat a line, `#` before
// comments. `digits = latn` chooses the digits of numbers (a CLDR numbering system; without it
// those of the locale).
struct template_source {
  std::string file;  // "<locale>.properties", locale as a language tag
  std::string_view text;
};

// The digest's words per language; English is always there. ICU counts and inflects once, at load:
// what a phrase says for each possible {more} is kept as pieces between which the texts are set.
// Immutable: one serves every thread.
class templates {
 public:
  static constexpr std::size_t max_languages = 64;
  static constexpr std::size_t max_file_bytes = 64 * 1024;
  static constexpr std::size_t max_pattern_bytes = 1000;

  // The words in the program: en, ar, az, ru.
  static templates built_in();

  // The built-in words with those of the sources over them, key by key. A language that is not
  // built in needs every key. Everything is checked here: arguments, plural forms, a trial of each
  // pattern.
  using loaded = std::variant<templates, template_error>;
  static loaded with(std::span<const template_source> sources);
  // All files of a folder that end in ".properties".
  static loaded from_folder(const std::filesystem::path& folder);

  // The language to use for a reader: by negotiate() (locale.hpp), else for the app's default
  // locale, else English.
  std::size_t language_for(std::string_view locale, std::string_view default_locale) const;
  std::vector<std::string_view> tags() const;
  std::string_view tag(std::size_t language) const;

  // The phrase in that language. A text that runs against the direction of the language is isolated
  // (U+2068, U+2069), unless it is all that the pattern says.
  std::string say(std::size_t language, phrase what, const phrase_arguments& with) const;

 private:
  struct language {
    std::string tag;
    direction runs = direction::left_to_right;
    std::array<said_phrase, phrase_count> phrases;
  };

  templates() = default;

  std::vector<language> languages_;  // English first
};

}  // namespace paperboy
