#include "core/domain/templates.hpp"

#include <unicode/fmtable.h>
#include <unicode/locid.h>
#include <unicode/msgfmt.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "core/domain/locale.hpp"
#include "core/domain/template_file.hpp"
#include "core/domain/text.hpp"
#include "embedded/templates.hpp"

namespace paperboy {
namespace {

icu::UnicodeString utf16(std::string_view text) {
  return icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())});
}

}  // namespace

// One language: its patterns and the formats compiled from them.
struct templates::language {
  template_file source;
  direction runs = direction::left_to_right;
  std::array<std::unique_ptr<icu::MessageFormat>, phrase_count> formats;

  language() = default;
  language(const language& other) : source{other.source}, runs{other.runs} {
    for (std::size_t i = 0; i < phrase_count; ++i) {
      formats[i].reset(static_cast<icu::MessageFormat*>(other.formats[i]->clone()));
    }
  }
  language& operator=(const language&) = delete;
  ~language() = default;
};

templates::templates() = default;
templates::templates(templates&&) noexcept = default;
templates& templates::operator=(templates&&) noexcept = default;
templates::~templates() = default;

templates::templates(const templates& other) {
  for (const auto& l : other.languages_) languages_.push_back(std::make_unique<language>(*l));
}

templates& templates::operator=(const templates& other) {
  templates copy{other};
  languages_ = std::move(copy.languages_);
  return *this;
}

templates templates::built_in() {
  auto built = with({});
  if (const auto* e = std::get_if<template_error>(&built)) throw std::logic_error(to_text(*e));
  return std::move(std::get<templates>(built));
}

templates::loaded templates::with(std::span<const template_source> sources) {
  std::vector<template_source> all;
  for (const auto& file : embedded::templates()) all.push_back({std::string{file.name}, file.text});
  all.insert(all.end(), sources.begin(), sources.end());

  std::vector<template_file> files;
  for (const auto& source : all) {
    auto read = read_template_file(source);
    if (auto* e = std::get_if<template_error>(&read)) return std::move(*e);
    auto& file = std::get<template_file>(read);
    const auto same = std::find_if(files.begin(), files.end(),
                                   [&](const template_file& f) { return f.tag == file.tag; });
    if (same == files.end()) {
      files.push_back(std::move(file));
    } else {
      same->replace_by(file);
    }
  }
  if (files.size() > max_languages) {
    return template_error{all.back().file, 0, "", "is one language more than 64"};
  }

  templates out;
  for (auto& file : files) {
    auto made = std::make_unique<language>();
    if (auto e = compile_template_file(file, made->formats)) return std::move(*e);
    const bool rtl = icu::Locale(file.tag.c_str()).isRightToLeft() != 0;
    made->runs = rtl ? direction::right_to_left : direction::left_to_right;
    made->source = std::move(file);
    out.languages_.push_back(std::move(made));
  }
  return out;
}

templates::loaded templates::from_folder(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code failed;
  for (std::filesystem::directory_iterator at{folder, failed}, end; !failed && at != end;
       at.increment(failed)) {
    if (at->path().extension() == ".properties") paths.push_back(at->path());
  }
  if (failed) return template_error{folder.string(), 0, "", "cannot be read as a folder"};
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> texts(paths.size());
  std::vector<template_source> sources;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const auto name = paths[i].filename().string();
    std::ifstream in{paths[i], std::ios::binary};
    texts[i].resize(max_file_bytes + 1);
    in.read(texts[i].data(), static_cast<std::streamsize>(texts[i].size()));
    if (!in.is_open() || in.bad()) return template_error{name, 0, "", "cannot be read"};
    texts[i].resize(static_cast<std::size_t>(in.gcount()));
    sources.push_back({name, texts[i]});
  }
  return with(sources);
}

std::size_t templates::language_for(std::string_view locale, std::string_view other) const {
  const auto available = tags();
  if (const auto at = negotiate(locale, available)) return *at;
  if (const auto at = negotiate(other, available)) return *at;
  return 0;
}

std::vector<std::string_view> templates::tags() const {
  std::vector<std::string_view> all;
  for (const auto& l : languages_) all.emplace_back(l->source.tag);
  return all;
}

std::string_view templates::tag(std::size_t language) const {
  return languages_.at(language)->source.tag;
}

std::string templates::say(std::size_t language, phrase what, const phrase_arguments& with) {
  const auto& l = *languages_.at(language);
  const auto index = static_cast<std::size_t>(what);
  const bool alone = l.source.patterns[index].is_one_argument;
  const auto text = [&](std::string_view argument) {
    const auto runs = direction_of(argument);
    const bool against = runs != direction::none && runs != l.runs;
    return icu::Formattable{utf16(against && !alone ? isolated(argument) : std::string{argument})};
  };
  return format_phrase(*l.formats[index],
                       {text(with.headline), text(with.teaser), text(with.second), text(with.third),
                        icu::Formattable{with.more}});
}

}  // namespace paperboy
