#pragma once

#include <unicode/fmtable.h>
#include <unicode/msgfmt.h>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "core/domain/templates.hpp"

namespace paperboy {

struct template_pattern {
  std::string text;
  std::size_t line = 0;  // 0: the file does not have it
  bool is_one_argument = false;
};

// A file as it is written, before anything of it is compiled.
struct template_file {
  std::string file;
  std::string tag;     // canonical
  std::string digits;  // a CLDR numbering system, or empty

  std::array<template_pattern, phrase_count> patterns;

  // Takes what `over` has; what it does not have stays. Errors then name the file it came from.
  void replace_by(const template_file& over);
};

std::variant<template_file, template_error> read_template_file(const template_source& source);

// Compiles every pattern, notes which are one argument alone, and tries it with many numbers.
// Nothing where all of it holds.
std::optional<template_error> compile_template_file(
    template_file& source, std::array<std::unique_ptr<icu::MessageFormat>, phrase_count>& formats);

// {headline}, {teaser}, {second}, {third}, {more}. Throws std::runtime_error where ICU fails, which
// the trial has ruled out.
using phrase_values = std::array<icu::Formattable, 5>;
std::string format_phrase(const icu::MessageFormat& format, const phrase_values& values);

}  // namespace paperboy
