#include "core/domain/text.hpp"

#include <gtest/gtest.h>

#include "core/domain/payload.hpp"

namespace paperboy {
namespace {

using namespace std::string_view_literals;

std::optional<text_fault> fault_of(std::string_view text) {
  return check_text(text, 200);
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(text, ill_formed_utf8_is_told_from_well_formed) {
  EXPECT_TRUE(valid_utf8("a\u00e9\u20ac\U0001F600"));
  for (const auto bad : {"\xFF"sv, "\xC0\x80"sv, "\xED\xA0\x80"sv, "\xF4\x90\x80\x80"sv,
                         "\xE2\x82"sv, "\x80"sv, "\xF8\x88\x80\x80\x80"sv}) {
    EXPECT_FALSE(valid_utf8(bad));
    EXPECT_EQ(fault_of(bad), text_fault::not_utf8);
    EXPECT_TRUE(valid_utf8(mend_utf8(bad)));
  }
  EXPECT_EQ(mend_utf8("a\xFFz"), "a\uFFFDz");
}

TEST(text, ordinary_text_of_many_scripts_passes) {
  for (const auto good :
       {"U.S. gives Ecuador new funding, drones to fight drug gangs"sv, "Ölkədə yeni qərar"sv,
        "Новости дня: «Баку»"sv, "أخبار اليوم\u200F!"sv, "शिक्षा नीति"sv, "ข่าววันนี้"sv,
        "今日のニュース"sv, "👨‍👩‍👧‍👦"sv, "🏴󠁧󠁢󠁥󠁮󠁧󠁿 win"sv,
        "Tiếng Việt"sv, "می‌خواهم"sv, "?"sv}) {
    EXPECT_EQ(fault_of(good), std::nullopt) << good;
  }
}

TEST(text, controls_and_line_breaks_are_refused) {
  for (const auto bad : {"a\nb"sv, "a\rb"sv, "a\tb"sv, "a\x1B[31m"sv, "a\0b"sv, "a\x7F"sv,
                         "a\u0085"sv, "a\u2028b"sv, "a\u2029b"sv, "a\uFFFE"sv, "a\uFDD0"sv}) {
    EXPECT_EQ(fault_of(bad), text_fault::control_character);
  }
}

TEST(text, bidirectional_overrides_are_refused) {
  for (const auto bad : {"\u202A"sv, "\u202B"sv, "\u202C"sv, "\u202D"sv, "\u202E"sv, "\u2066"sv,
                         "\u2067"sv, "\u2068"sv, "\u2069"sv}) {
    EXPECT_EQ(fault_of(std::string{"a"} + std::string{bad} + "b"), text_fault::bidi_override);
  }
  EXPECT_EQ(fault_of("\uFEFFtitle"), text_fault::byte_order_mark);
}

TEST(text, text_without_a_visible_character_is_refused) {
  EXPECT_EQ(fault_of(""), text_fault::empty);
  for (const auto bad :
       {"   "sv, "\u200D"sv, "\u200B\u200C"sv, "\u00A0"sv, "\u3000"sv, "\u3164"sv, "\u2800"sv,
        "\uFFA0"sv, "\u00AD"sv, "\u0301"sv, "\uFE0F"sv, "\u2060"sv, "\u180E"sv, "\U000E0041"sv}) {
    EXPECT_EQ(fault_of(bad), text_fault::not_visible) << testing::PrintToString(bad);
  }
}

TEST(text, nine_marks_on_a_letter_are_refused_and_eight_are_not) {
  EXPECT_EQ(fault_of("Z" + repeated("\u0301", 8) + "a"), std::nullopt);
  EXPECT_EQ(fault_of("Z" + repeated("\u0301", 9) + "a"), text_fault::too_many_marks);
  EXPECT_EQ(fault_of(repeated("e\u0301", 90)), std::nullopt);
}

TEST(text, a_joiner_between_marks_does_not_start_another_letter) {
  for (const auto joiner : {"\u200D"sv, "\u200C"sv, "\u034F"sv, "\uFE0F"sv}) {
    const auto marks = repeated("\u0301", 5);
    EXPECT_EQ(fault_of("Z" + marks + std::string{joiner} + marks), text_fault::too_many_marks);
  }
}

TEST(text, length_is_counted_in_code_points) {
  EXPECT_EQ(fault_of(repeated("😀", 200)), std::nullopt);
  EXPECT_EQ(fault_of(repeated("😀", 201)), text_fault::too_long);
  EXPECT_EQ(count_code_points("e\u0301😀"), 3U);
}

TEST(text, direction_is_that_of_the_first_strong_character) {
  EXPECT_EQ(direction_of("12 – أخبار"), direction::right_to_left);
  EXPECT_EQ(direction_of("«שלום»"), direction::right_to_left);
  EXPECT_EQ(direction_of("1. AnewZ أخبار"), direction::left_to_right);
  EXPECT_EQ(direction_of("2026 …"), direction::none);
}

TEST(text_cut, leaves_text_within_the_limit_alone) {
  EXPECT_EQ(cut_to_code_points("exact", 5), "exact");
  EXPECT_EQ(cut_to_code_points("", 0), "");
  const auto longest = repeated("ж", 100);
  EXPECT_EQ(cut_to_code_points(longest, 100), longest);
}

TEST(text_cut, ends_at_a_word_without_dangling_punctuation) {
  EXPECT_EQ(cut_to_code_points("Washington seeks to stop gangs", 20), "Washington seeks to…");
  EXPECT_EQ(cut_to_code_points("Washington seeks, and stops", 19), "Washington seeks…");
  EXPECT_EQ(cut_to_code_points("Washington seeks (again) to", 19), "Washington seeks…");
  EXPECT_EQ(cut_to_code_points("Пожар в порту — погибших нет", 17), "Пожар в порту…");
}

TEST(text_cut, cuts_inside_a_word_that_would_cost_half_of_the_text) {
  EXPECT_EQ(cut_to_code_points("a " + repeated("x", 50), 20), "a " + repeated("x", 17) + "…");
}

TEST(text_cut, never_splits_what_a_reader_sees_as_one_character) {
  EXPECT_EQ(cut_to_code_points("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 8),
            "👨‍👩‍👧‍👦…");
  EXPECT_EQ(cut_to_code_points("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 7), "");
  EXPECT_EQ(cut_to_code_points("🇦🇿🇹🇷🇺🇦", 4), "🇦🇿…");
  EXPECT_EQ(cut_to_code_points("e\u0301e\u0301e\u0301e\u0301", 6), "e\u0301e\u0301…");
  EXPECT_EQ(cut_to_code_points("क्षि क्षि", 6), "क्षि…");
}

TEST(text_cut, closes_the_isolates_it_cuts_open) {
  const auto text = isolated("one two three four");
  EXPECT_EQ(cut_to_code_points(text, 12), "\u2068one two…\u2069");
  EXPECT_EQ(cut_to_code_points(isolated("a") + " and more words", 8), isolated("a") + " and…");
}

TEST(text_cut, counts_escaped_bytes) {
  EXPECT_EQ(cut_to_escaped_bytes("\"\"\"\"\"\"\"\"", 9), "\"\"\"…");
  EXPECT_EQ(cut_to_escaped_bytes("ə ə ə ə ə", 9), "ə ə…");
  EXPECT_EQ(escaped_length("a\"\\/\n\x01\x7Fə"), 1U + 2 + 2 + 1 + 2 + 6 + 1 + 2);
}

TEST(text_cut, comes_out_empty_where_nothing_fits) {
  EXPECT_EQ(cut_to_code_points("abc", 1), "");
  EXPECT_EQ(cut_to_escaped_bytes("abcdef", 3), "");
  EXPECT_EQ(cut_to_escaped_bytes("abcdef", 0), "");
}

}  // namespace
}  // namespace paperboy
