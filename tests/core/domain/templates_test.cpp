#include "core/domain/templates.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace paperboy {
namespace {

std::string more(const templates& words, std::string_view locale, int count) {
  phrase_arguments with;
  with.headline = "one";
  with.second = "two";
  with.third = "three";
  with.more = count;
  return words.say(words.language_for(locale, "en"), phrase::digest_body_many, with);
}

std::string wrong_in(std::string_view text, std::string file = "en.properties") {
  const template_source source{std::move(file), text};
  const auto loaded = templates::with({&source, 1});
  const auto* e = std::get_if<template_error>(&loaded);
  return e == nullptr ? "" : to_text(*e);
}

TEST(templates, the_words_in_the_program_hold) {
  const auto words = templates::built_in();
  EXPECT_EQ(words.tags(), (std::vector<std::string_view>{"en", "ar", "az", "ru"}));
}

TEST(templates, plurals_are_right_in_every_language) {
  const auto words = templates::built_in();
  EXPECT_EQ(more(words, "en", 0), "two · three");
  EXPECT_EQ(more(words, "en", 1), "two · three · and 1 more story");
  EXPECT_EQ(more(words, "en", 2), "two · three · and 2 more stories");
  EXPECT_EQ(more(words, "az", 1), "two · three · və daha 1 xəbər");
  EXPECT_EQ(more(words, "az", 5), "two · three · və daha 5 xəbər");
  EXPECT_EQ(more(words, "ru", 1), "two · three · и ещё 1 новость");
  EXPECT_EQ(more(words, "ru", 3), "two · three · и ещё 3 новости");
  EXPECT_EQ(more(words, "ru", 11), "two · three · и ещё 11 новостей");
}

TEST(templates, arabic_has_six_forms_and_latin_digits) {
  const auto words = templates::built_in();
  const std::string titles = "\u2068two\u2069 · \u2068three\u2069";
  EXPECT_EQ(more(words, "ar", 0), titles);
  EXPECT_EQ(more(words, "ar-EG", 1), titles + " · وخبر آخر");
  EXPECT_EQ(more(words, "ar", 2), titles + " · وخبران آخران");
  EXPECT_EQ(more(words, "ar", 3), titles + " · و3 أخبار أخرى");
  EXPECT_EQ(more(words, "ar", 11), titles + " · و11 خبرًا آخر");
}

TEST(templates, text_against_the_direction_is_isolated_and_text_alone_is_not) {
  const auto words = templates::built_in();
  const auto english = words.language_for("en", "en");
  phrase_arguments with;
  with.headline = "أخبار";
  with.second = "أخبار";
  with.third = "three";
  EXPECT_EQ(words.say(english, phrase::digest_title, with), "أخبار");
  EXPECT_EQ(words.say(english, phrase::digest_body_two, with), "أخبار");
  EXPECT_EQ(words.say(english, phrase::digest_body_many, with), "\u2068أخبار\u2069 · three");
}

TEST(templates, braces_and_quotes_in_a_text_stay_as_they_are) {
  const auto words = templates::built_in();
  phrase_arguments with;
  with.headline = "{teaser} it''s '{0}' # |";
  EXPECT_EQ(words.say(0, phrase::digest_title, with), with.headline);
}

TEST(templates, a_reader_falls_back_to_the_app_and_then_to_english) {
  const auto words = templates::built_in();
  EXPECT_EQ(words.tag(words.language_for("az-Latn-AZ", "en")), "az");
  EXPECT_EQ(words.tag(words.language_for("fr-FR", "ru-RU")), "ru");
  EXPECT_EQ(words.tag(words.language_for("fr", "de")), "en");
  EXPECT_EQ(words.tag(words.language_for("az-Cyrl", "ru")), "ru");
}

TEST(templates, an_installation_replaces_single_phrases) {
  const template_source source{"az.properties", "digest.title = AnewZ: {headline}\n"};
  auto loaded = templates::with({&source, 1});
  auto& words = std::get<templates>(loaded);
  phrase_arguments with;
  with.headline = "Xəbər";
  const auto az = words.language_for("az", "en");
  EXPECT_EQ(words.say(az, phrase::digest_title, with), "AnewZ: Xəbər");
  with.headline = "أخبار";
  EXPECT_EQ(words.say(az, phrase::digest_title, with), "AnewZ: \u2068أخبار\u2069");
  EXPECT_EQ(more(words, "az", 2), "two · three · və daha 2 xəbər");
}

TEST(templates, an_installation_adds_a_language) {
  const std::string text =
      "# Türkçe\r\n\r\ndigest.title = {headline}\r\ndigest.body.one = {teaser}\r\n"
      "digest.body.two = {second}\r\n"
      "digest.body.many = {second} · {third}{more, plural, =0 {} other { · # haber daha}}";
  const template_source source{"TR.properties", text};
  auto loaded = templates::with({&source, 1});
  auto& words = std::get<templates>(loaded);
  EXPECT_EQ(more(words, "tr-TR", 4), "two · three · 4 haber daha");
}

TEST(templates, what_is_wrong_is_said_with_file_line_and_key) {
  EXPECT_EQ(wrong_in("\ndigest.title = AnewZ"),
            "en.properties:2: digest.title: does not use {headline}");
  EXPECT_EQ(wrong_in("digest.title = {headlin}"),
            "en.properties:1: digest.title: uses an argument that it is not given: {headlin}");
  EXPECT_EQ(wrong_in("digest.title = {headline} {0}"),
            "en.properties:1: digest.title: uses a numbered argument");
  EXPECT_EQ(wrong_in("digest.title = {headline"),
            "en.properties:1: digest.title: is not an ICU MessageFormat pattern, from character 1 "
            "on");
  EXPECT_EQ(wrong_in("digest.title = {headline, number}"),
            "en.properties:1: digest.title: formats {headline} as something it is not");
  EXPECT_EQ(wrong_in("digest.body.many = {more, date}"),
            "en.properties:1: digest.body.many: formats {more} as something it is not");
  EXPECT_EQ(
      wrong_in("digest.body.many = {more, plural, one {x}}"),
      "en.properties:1: digest.body.many: is not an ICU MessageFormat pattern, from character "
      "1 on");
  EXPECT_EQ(wrong_in("digest.heading = {headline}"),
            "en.properties:1: digest.heading: is not a key that Paperboy knows");
  EXPECT_EQ(wrong_in("digest.title {headline}"),
            "en.properties:1: the line is not `key = pattern`");
  EXPECT_EQ(wrong_in("digest.title = {headline}\ndigest.title = {headline}"),
            "en.properties:2: digest.title: stands there twice");
  EXPECT_EQ(wrong_in("digest.title = {headline}\u202E").substr(0, 42),
            "en.properties:1: digest.title: holds a bid");
  EXPECT_EQ(wrong_in("digest.title = {headline}\U000F0001"),
            "en.properties:1: digest.title: holds a private character");
  EXPECT_EQ(wrong_in("digest.title ="), "en.properties:1: digest.title: is empty");
  EXPECT_EQ(wrong_in("digest.title = " + std::string(1001, 'x')),
            "en.properties:1: digest.title: is longer than 1000 bytes");
  EXPECT_EQ(wrong_in("digits = roman"),
            "en.properties:1: digits: is not a CLDR numbering system; write for example latn");
  EXPECT_EQ(wrong_in("\xFF"), "en.properties: is not UTF-8");
  EXPECT_EQ(wrong_in(std::string(70'000, '#')), "en.properties: is larger than 64 KiB");
}

TEST(templates, a_new_language_needs_every_phrase_and_a_name_that_is_one) {
  EXPECT_EQ(wrong_in("digest.title = {headline}", "tr.properties"),
            "tr.properties: digest.body.one: is missing");
  EXPECT_EQ(wrong_in("", "zz.properties"),
            "zz.properties: is named after a language that ICU has no rules for");
  EXPECT_EQ(wrong_in("", "az_AZ.properties"),
            "az_AZ.properties: is not named after a language tag, as az.properties is");
  EXPECT_EQ(wrong_in("", "az.txt"), "az.txt: is not named <locale>.properties");
}

TEST(templates, a_folder_is_read_and_other_files_in_it_are_not) {
  const auto folder = std::filesystem::path{testing::TempDir()} / "paperboy_templates";
  std::filesystem::create_directories(folder);
  std::ofstream{folder / "en.properties"} << "digest.title = Today: {headline}\n";
  std::ofstream{folder / "README"} << "not a template";
  auto loaded = templates::from_folder(folder);
  phrase_arguments with;
  with.headline = "x";
  EXPECT_EQ(std::get<templates>(loaded).say(0, phrase::digest_title, with), "Today: x");
  std::filesystem::remove_all(folder);
  const auto gone = templates::from_folder(folder);
  EXPECT_EQ(std::get<template_error>(gone).wrong, "cannot be read as a folder");
}

TEST(templates, more_than_a_digest_can_hold_is_said_as_the_most) {
  const auto words = templates::built_in();
  EXPECT_EQ(more(words, "en", 21), "two · three · and 20 more stories");
  EXPECT_EQ(more(words, "en", -1), "two · three");
}

}  // namespace
}  // namespace paperboy
