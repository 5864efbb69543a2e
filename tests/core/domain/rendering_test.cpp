#include "core/domain/rendering.hpp"

#include <gtest/gtest.h>

#include "core/domain/payload.hpp"
#include "core/domain/text.hpp"

namespace paperboy {
namespace {

item titled(std::string title) {
  item i;
  i.title = std::move(title);
  i.teaser = "Teaser of " + i.title;
  i.url = "https://anewz.tv/1";
  return i;
}

notification rendered(const std::vector<item>& items, std::string_view locale = "en") {
  std::vector<const item*> chosen;
  for (const auto& i : items) chosen.push_back(&i);
  auto words = templates::built_in();
  return render_digest(chosen, {locale, "en", "edition-1", *make_local_date(2026, 11, 24)}, words);
}

TEST(rendering, one_item_shows_its_teaser) {
  const auto n = rendered({titled("First")});
  EXPECT_EQ(n.title, "First");
  EXPECT_EQ(n.body, "Teaser of First");
  EXPECT_EQ(n.url, "https://anewz.tv/1");
  EXPECT_EQ(n.edition, "edition-1");
  EXPECT_EQ(n.scope, "2026-11-24");
  EXPECT_EQ(n.kind, push_kind::digest);
}

TEST(rendering, several_items_name_the_next_and_count_the_rest) {
  EXPECT_EQ(rendered({titled("A"), titled("B")}).body, "B");
  EXPECT_EQ(rendered({titled("A"), titled("B"), titled("C")}).body, "B · C");
  EXPECT_EQ(rendered({titled("A"), titled("B"), titled("C"), titled("D"), titled("E")}).body,
            "B · C · and 2 more stories");
}

TEST(rendering, the_first_title_is_uncut_up_to_a_hundred_code_points) {
  std::string title;
  for (int i = 0; i < 100; ++i) title += "ə";
  EXPECT_EQ(rendered({titled(title)}).title, title);
  const auto longer = rendered({titled(title + "ə")}).title;
  EXPECT_EQ(count_code_points(longer), 100U);
  EXPECT_TRUE(longer.ends_with("…"));
}

TEST(rendering, a_title_of_one_endless_grapheme_stays_whole) {
  std::string title = "👩";
  for (int i = 0; i < 99; ++i) title += "\u200D👩";
  EXPECT_EQ(rendered({titled(title)}).title, title);
}

TEST(rendering, without_a_teaser_there_is_no_body) {
  auto only = titled("Only");
  only.teaser.clear();
  EXPECT_EQ(rendered({only}).body, "");
}

TEST(rendering, twenty_of_the_longest_items_fit) {
  std::string title;
  std::string teaser;
  for (int i = 0; i < 200; ++i) title += "😀";
  for (int i = 0; i < 500; ++i) teaser += "😀";
  std::vector<item> items(20, titled(title));
  for (auto& i : items) {
    i.teaser = teaser;
    i.url = "https://anewz.tv/" + std::string(2031, 'u');
    i.image_url = "https://anewz.tv/" + std::string(2031, 'i');
  }
  for (const std::size_t count : {1U, 2U, 20U}) {
    items.resize(std::min(items.size(), count));
    EXPECT_TRUE(fits(rendered(items)));
    items.resize(20, items.front());
  }
}

const breaking_news quake = {{{"en", "Quake"}, {"az", "Zəlzələ"}, {"az-Cyrl", "Зәлзәлә"}},
                             {{"en", "Near Baku"}},
                             "https://anewz.tv/quake",
                             "",
                             "quake-1"};

TEST(rendering, breaking_news_comes_in_the_readers_language) {
  EXPECT_EQ(render_breaking(quake, "az-AZ", "en", "run1").title, "Zəlzələ");
  EXPECT_EQ(render_breaking(quake, "az-Cyrl-AZ", "en", "run1").title, "Зәлзәлә");
  EXPECT_EQ(render_breaking(quake, "en-GB", "az", "run1").title, "Quake");
  EXPECT_EQ(render_breaking(quake, "fr", "az", "run1").title, "Zəlzələ");
  EXPECT_EQ(render_breaking(quake, "fr", "de", "run1").title, "Zəlzələ");
}

TEST(rendering, a_body_in_another_language_is_better_than_none) {
  const auto n = render_breaking(quake, "az", "en", "run1");
  EXPECT_EQ(n.body, "Near Baku");
  EXPECT_EQ(n.kind, push_kind::breaking);
  EXPECT_EQ(n.scope, "run1");
  EXPECT_EQ(n.collapse_key, "quake-1");
}

TEST(rendering, another_script_of_the_language_is_better_than_another_language) {
  const texts_by_language texts = {{"az", "a"}, {"ru", "r"}};
  EXPECT_EQ(language_for(texts, "az-Cyrl", "de"), "az");
  EXPECT_EQ(language_for({}, "az", "en"), "");
}

}  // namespace
}  // namespace paperboy
