#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace paperboy {

// What a template says; the key in a file is in the comment, with the arguments it may use.
enum class phrase : std::uint8_t {
  digest_title,      // digest.title      {headline}, which has to be there
  digest_body_one,   // digest.body.one   {headline} {teaser}
  digest_body_two,   // digest.body.two   {headline} {second}
  digest_body_many,  // digest.body.many  {headline} {second} {third} {more}, a number from 0
};
inline constexpr std::size_t phrase_count = 4;

struct phrase_arguments {
  std::string_view headline;
  std::string_view teaser;
  std::string_view second;
  std::string_view third;
  int more = 0;
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

// The digest's words, compiled, per language. English is always there. ICU compiles parts of a
// pattern when it is first used, therefore an object belongs to one thread: give each a copy.
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

  templates(const templates& other);
  templates(templates&&) noexcept;
  templates& operator=(const templates& other);
  templates& operator=(templates&&) noexcept;
  ~templates();

  // The language to use for a reader: by negotiate() (locale.hpp), else for the app's default
  // locale, else English.
  std::size_t language_for(std::string_view locale, std::string_view default_locale) const;
  std::vector<std::string_view> tags() const;
  std::string_view tag(std::size_t language) const;

  // The phrase in that language. A text that runs against the direction of the language is isolated
  // (U+2068, U+2069), unless it is all that the pattern says.
  std::string say(std::size_t language, phrase what, const phrase_arguments& with);

 private:
  struct language;
  templates();

  std::vector<std::unique_ptr<language>> languages_;  // English first
};

}  // namespace paperboy
