#include "core/domain/template_file.hpp"

#include <unicode/fmtable.h>
#include <unicode/locid.h>
#include <unicode/messagepattern.h>
#include <unicode/msgfmt.h>
#include <unicode/numsys.h>
#include <unicode/uloc.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "core/domain/locale.hpp"
#include "core/domain/text.hpp"

namespace paperboy {
namespace {

constexpr std::string_view extension = ".properties";

struct phrase_rule {
  std::string_view key;
  std::array<std::string_view, 4> arguments;  // the first is required where `requires_first`
  bool requires_first;
};

// In the order of enum phrase.
constexpr std::array<phrase_rule, phrase_count> rules = {{
    {"digest.title", {"headline"}, true},
    {"digest.body.one", {"headline", "teaser"}, false},
    {"digest.body.two", {"headline", "second"}, false},
    {"digest.body.many", {"headline", "second", "third", "more"}, false},
}};

std::string utf8(const icu::UnicodeString& text) {
  std::string out;
  return text.toUTF8String(out);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r";
  const auto from = text.find_first_not_of(blank);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(blank) - from + 1);
}

bool known_to_icu(const std::string& tag) {
  const auto language = language_of(tag);
  const std::int32_t count = uloc_countAvailable();
  for (std::int32_t i = 0; i < count; ++i) {
    if (language == icu::Locale(uloc_getAvailable(i)).getLanguage()) return true;
  }
  return false;
}

// Reads one file line by line. The first thing wrong ends it.
class reader {
 public:
  explicit reader(const template_source& source) : source_{source} {}

  std::variant<template_file, template_error> read() {
    std::string wrong = name_wrong();
    if (wrong.empty() && source_.text.size() > templates::max_file_bytes) {
      wrong = "is larger than 64 KiB";
    }
    if (wrong.empty() && !valid_utf8(source_.text)) wrong = "is not UTF-8";
    if (!wrong.empty()) return template_error{source_.file, 0, "", std::move(wrong)};
    for (std::string_view rest = source_.text; !rest.empty();) {
      ++line_;
      const auto end = rest.find('\n');
      const auto line = trimmed(rest.substr(0, end));
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
      if (line.empty() || line.front() == '#') continue;
      wrong = take(line);
      if (!wrong.empty()) return template_error{source_.file, line_, key_, std::move(wrong)};
    }
    return std::move(file_);
  }

 private:
  std::string name_wrong() {
    const std::string_view name = source_.file;
    if (!name.ends_with(extension)) return "is not named <locale>.properties";
    const auto tag = name.substr(0, name.size() - extension.size());
    if (!valid_locale(tag)) return "is not named after a language tag, as az.properties is";
    file_.file = source_.file;
    file_.tag = canonical_locale(tag);
    if (!known_to_icu(file_.tag)) return "is named after a language that ICU has no rules for";
    return {};
  }

  std::string take(std::string_view line) {
    const auto equals = line.find('=');
    key_ = std::string{trimmed(line.substr(0, equals))};
    if (equals == std::string_view::npos) {
      key_.clear();
      return "the line is not `key = pattern`";
    }
    const auto value = trimmed(line.substr(equals + 1));
    if (!seen_.insert(key_).second) return "stands there twice";
    if (key_ == "digits") return take_digits(value);
    const auto rule = std::find_if(rules.begin(), rules.end(),
                                   [&](const phrase_rule& r) { return r.key == key_; });
    if (rule == rules.end()) return "is not a key that Paperboy knows";
    if (value.size() > templates::max_pattern_bytes) return "is longer than 1000 bytes";
    if (const auto fault = check_text(value, templates::max_pattern_bytes)) {
      return std::string{sentence(*fault)};
    }
    file_.patterns[static_cast<std::size_t>(rule - rules.begin())] = {std::string{value}, line_};
    return {};
  }

  std::string take_digits(std::string_view value) {
    UErrorCode status = U_ZERO_ERROR;
    const std::string name{value};
    const std::unique_ptr<icu::NumberingSystem> system{
        icu::NumberingSystem::createInstanceByName(name.c_str(), status)};
    if (U_FAILURE(status) || !system || system->isAlgorithmic() != 0) {
      return "is not a CLDR numbering system; write for example latn";
    }
    file_.digits = name;
    return {};
  }

  const template_source& source_;
  template_file file_;
  std::set<std::string> seen_;
  std::string key_;
  std::size_t line_ = 0;
};

// What is wrong with the arguments of a pattern that parses; empty where nothing is.
std::string arguments_wrong(const icu::MessagePattern& pattern, const phrase_rule& rule) {
  bool has_first = false;
  for (std::int32_t i = 0; i < pattern.countParts(); ++i) {
    const auto& part = pattern.getPart(i);
    if (part.getType() == UMSGPAT_PART_TYPE_ARG_NUMBER) return "uses a numbered argument";
    if (part.getType() != UMSGPAT_PART_TYPE_ARG_NAME) continue;
    const auto name = utf8(pattern.getSubstring(part));
    if (std::find(rule.arguments.begin(), rule.arguments.end(), name) == rule.arguments.end()) {
      return "uses an argument that it is not given: {" + name + "}";
    }
    has_first = has_first || name == rule.arguments.front();
    const auto type = pattern.getPart(i - 1).getArgType();
    const bool is_number = name == "more";
    const bool simple_number = type == UMSGPAT_ARG_TYPE_SIMPLE &&
                               utf8(pattern.getSubstring(pattern.getPart(i + 1))) == "number";
    const bool fits = is_number ? type == UMSGPAT_ARG_TYPE_PLURAL || simple_number ||
                                      type == UMSGPAT_ARG_TYPE_SELECTORDINAL ||
                                      type == UMSGPAT_ARG_TYPE_NONE
                                : type == UMSGPAT_ARG_TYPE_NONE;
    if (!fits) return "formats {" + name + "} as something it is not";
  }
  if (rule.requires_first && !has_first) {
    return "does not use {" + std::string{rule.arguments.front()} + "}";
  }
  return {};
}

icu::Locale locale_of(const template_file& source, UErrorCode& status) {
  auto locale = icu::Locale::forLanguageTag(source.tag, status);
  if (!source.digits.empty()) locale.setUnicodeKeywordValue("nu", source.digits, status);
  return locale;
}

// Private use characters which stand for the texts while ICU formats: text_argument n is
// U+F0000 + n, in UTF-8 four bytes. Only the pattern's own text is there at that time, and it must
// not hold them.
constexpr std::string_view stand_in_start = "\xF3\xB0\x80";
constexpr std::size_t stand_in_size = 4;

icu::UnicodeString stand_in(text_argument which) {
  return icu::UnicodeString{static_cast<UChar32>(0xF0000 + static_cast<int>(which))};
}

std::vector<phrase_piece> pieces_of(std::string_view said) {
  std::vector<phrase_piece> pieces;
  while (!said.empty()) {
    const auto at = said.find(stand_in_start);
    phrase_piece piece{std::string{said.substr(0, at)}, text_argument::none};
    if (at == std::string_view::npos) {
      said = {};
    } else {
      piece.then = static_cast<text_argument>(said[at + stand_in_size - 1] & 0x0F);
      said.remove_prefix(at + stand_in_size);
    }
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

bool says(const std::vector<phrase_piece>& pieces, text_argument which) {
  return std::any_of(pieces.begin(), pieces.end(),
                     [which](const phrase_piece& p) { return p.then == which; });
}

// Formats with every {more}. What is wrong; empty where nothing is.
std::string say_all(const icu::MessageFormat& format, const phrase_rule& rule, said_phrase& out) {
  static const std::array<icu::UnicodeString, 5> names = {u"headline", u"teaser", u"second",
                                                          u"third", u"more"};
  for (int more = 0; more <= most_more; ++more) {
    const std::array<icu::Formattable, 5> values = {
        stand_in(text_argument::headline), stand_in(text_argument::teaser),
        stand_in(text_argument::second), stand_in(text_argument::third), icu::Formattable{more}};
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeString said;
    format.format(names.data(), values.data(), static_cast<std::int32_t>(values.size()), said,
                  status);
    if (U_FAILURE(status)) return "cannot be said for the number " + std::to_string(more);
    auto& pieces = out.by_more[static_cast<std::size_t>(more)];
    pieces = pieces_of(utf8(said));
    if (rule.requires_first && !says(pieces, text_argument::headline)) {
      return "leaves {headline} out";
    }
  }
  return {};
}

std::string say_pattern(const template_pattern& pattern, const phrase_rule& rule,
                        const icu::Locale& locale, said_phrase& out) {
  if (pattern.text.find(stand_in_start) != std::string::npos) return "holds a private character";
  UErrorCode status = U_ZERO_ERROR;
  UParseError at{};
  const auto text = icu::UnicodeString::fromUTF8(pattern.text);
  const icu::MessagePattern parsed{text, &at, status};
  if (U_FAILURE(status)) {
    return "is not an ICU MessageFormat pattern, from character " + std::to_string(at.offset + 1) +
           " on";
  }
  if (auto wrong = arguments_wrong(parsed, rule); !wrong.empty()) return wrong;
  const icu::MessageFormat format{text, locale, at, status};
  if (U_FAILURE(status)) return "cannot be compiled for this language";
  return say_all(format, rule, out);
}

}  // namespace

std::string to_text(const template_error& e) {
  std::string out = e.file;
  if (e.line != 0) out += ":" + std::to_string(e.line);
  out += ": ";
  if (!e.key.empty()) out += e.key + ": ";
  return out + e.wrong;
}

void template_file::replace_by(const template_file& over) {
  file = over.file;
  if (!over.digits.empty()) digits = over.digits;
  for (std::size_t i = 0; i < phrase_count; ++i) {
    if (over.patterns[i].line != 0) patterns[i] = over.patterns[i];
  }
}

std::variant<template_file, template_error> read_template_file(const template_source& source) {
  return reader{source}.read();
}

std::variant<std::array<said_phrase, phrase_count>, template_error> say_template_file(
    const template_file& source) {
  UErrorCode status = U_ZERO_ERROR;
  const auto locale = locale_of(source, status);
  if (U_FAILURE(status)) return template_error{source.file, 0, "", "has no usable locale"};
  std::array<said_phrase, phrase_count> said;
  for (std::size_t i = 0; i < phrase_count; ++i) {
    const auto& pattern = source.patterns[i];
    const std::string key{rules[i].key};
    if (pattern.line == 0) return template_error{source.file, 0, key, "is missing"};
    auto wrong = say_pattern(pattern, rules[i], locale, said[i]);
    if (!wrong.empty()) return template_error{source.file, pattern.line, key, std::move(wrong)};
  }
  return said;
}

}  // namespace paperboy
