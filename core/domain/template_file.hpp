#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <variant>

#include "core/domain/templates.hpp"

namespace paperboy {

struct template_pattern {
  std::string text;
  std::size_t line = 0;  // 0: the file does not have it
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

// Says every phrase for every {more}. What a pattern may use, and how, is checked on the way.
std::variant<std::array<said_phrase, phrase_count>, template_error> say_template_file(
    const template_file& source);

}  // namespace paperboy
