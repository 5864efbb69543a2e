#include "core/domain/locale.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace paperboy {
namespace {

std::string best(std::string_view wanted, std::vector<std::string_view> available) {
  const auto at = negotiate(wanted, available);
  return at ? std::string{available[*at]} : "none";
}

TEST(locale, well_formed_tags_pass) {
  for (const auto good : {"en", "az", "az-AZ", "az-Latn-AZ", "es-419", "zh-Hant-TW", "sl-rozaj",
                          "de-1996", "ar-EG-u-nu-latn", "en-x-home", "AZ-latn-az", "fil", "und"}) {
    EXPECT_TRUE(valid_locale(good)) << good;
  }
}

TEST(locale, anything_else_is_refused) {
  for (const auto bad : {"",
                         "e",
                         "en_US",
                         "zz_ZZ",
                         "en-",
                         "-en",
                         "en--US",
                         "e1",
                         "en-US-",
                         "en-u",
                         "en-u-n",
                         "en-US-DE",
                         "english-language",
                         "en US",
                         "en\n",
                         "*",
                         "ən",
                         "en-Latn-Latn",
                         "x-private",
                         "en-x",
                         "abcdefghi",
                         "en-aaaaa-bbbbb-ccccc-ddddd-eeeee-fffff"}) {
    EXPECT_FALSE(valid_locale(bad)) << bad;
  }
}

TEST(locale, the_case_is_put_right) {
  EXPECT_EQ(canonical_locale("AZ-latn-az"), "az-Latn-AZ");
  EXPECT_EQ(canonical_locale("EN-us-U-NU-LATN"), "en-US-u-nu-latn");
  EXPECT_EQ(canonical_locale("es-419"), "es-419");
  EXPECT_EQ(language_of("AZ-Latn-AZ"), "az");
}

TEST(locale, falls_back_from_region_to_language) {
  EXPECT_EQ(best("az-AZ", {"en", "az", "ru"}), "az");
  EXPECT_EQ(best("en-GB", {"en-US", "en"}), "en");
  EXPECT_EQ(best("en-GB", {"en-AU", "en-US"}), "en-US");
  EXPECT_EQ(best("en-GB", {"en-US", "en-GB", "en"}), "en-GB");
  EXPECT_EQ(best("en", {"en-GB", "en"}), "en");
  EXPECT_EQ(best("en", {"en-GB"}), "en-GB");
}

TEST(locale, does_not_offer_a_script_the_reader_does_not_read) {
  EXPECT_EQ(best("az-Cyrl", {"en", "az"}), "none");
  EXPECT_EQ(best("az-Cyrl-AZ", {"az", "az-Cyrl"}), "az-Cyrl");
  EXPECT_EQ(best("zh-TW", {"zh-Hans", "zh-Hant"}), "zh-Hant");
  EXPECT_EQ(best("sr-Latn", {"sr", "sr-Latn"}), "sr-Latn");
}

TEST(locale, finds_nothing_in_other_languages) {
  EXPECT_EQ(best("fr", {"en", "az", "ru", "ar"}), "none");
  EXPECT_EQ(best("fr", {}), "none");
}

TEST(locale, an_extension_changes_nothing) {
  EXPECT_EQ(best("ar-u-nu-latn", {"en", "ar"}), "ar");
}

}  // namespace
}  // namespace paperboy
