#include "core/domain/templates.hpp"

#include <unicode/uloc.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "core/domain/locale.hpp"
#include "core/domain/template_file.hpp"
#include "embedded/templates.hpp"

namespace paperboy {
namespace {

std::string_view text_of(text_argument which, const phrase_arguments& with) noexcept {
  switch (which) {
    case text_argument::none:
      return {};
    case text_argument::headline:
      return with.headline;
    case text_argument::teaser:
      return with.teaser;
    case text_argument::second:
      return with.second;
    case text_argument::third:
      return with.third;
  }
  return {};
}

bool is_one_text(const std::vector<phrase_piece>& pieces) noexcept {
  return pieces.size() == 1 && pieces.front().words.empty();
}

}  // namespace

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
  for (const auto& file : files) {
    auto said = say_template_file(file);
    if (auto* e = std::get_if<template_error>(&said)) return std::move(*e);
    language made{file.tag, direction::left_to_right, {}};
    if (uloc_isRightToLeft(file.tag.c_str()) != 0) made.runs = direction::right_to_left;
    made.phrases = std::get<0>(std::move(said));
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
  all.reserve(languages_.size());
  for (const auto& l : languages_) all.emplace_back(l.tag);
  return all;
}

std::string_view templates::tag(std::size_t language) const {
  return languages_.at(language).tag;
}

std::string templates::say(std::size_t language, phrase what, const phrase_arguments& with) const {
  const auto& l = languages_.at(language);
  const auto more = static_cast<std::size_t>(std::clamp(with.more, 0, most_more));
  const auto& pieces = l.phrases[static_cast<std::size_t>(what)].by_more[more];
  if (is_one_text(pieces)) return std::string{text_of(pieces.front().then, with)};
  std::string said;
  for (const auto& piece : pieces) {
    said += piece.words;
    const auto text = text_of(piece.then, with);
    const auto runs = direction_of(text);
    if (runs == direction::none || runs == l.runs) {
      said += text;
    } else {
      said += isolated(text);
    }
  }
  return said;
}

}  // namespace paperboy
