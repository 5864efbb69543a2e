#include "adapters/apns/wire.hpp"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include <boost/json.hpp>
#include <set>

#include "core/domain/payload.hpp"
#include "tests/adapters/net/random_notification.hpp"

namespace paperboy::apns {
namespace {

constexpr std::string_view id = "0b1e6f0c-6b0a-4c9e-8d54-2f6f6a1f3b11";

std::string text_of(const prepared& message, bool quiet) {
  return std::string(message.head(quiet)) + std::string(id) + std::string(message.tail());
}

TEST(apns_payload, has_the_shape_that_phones_expect) {
  notification n;
  n.title = R"(A "quoted" title)";
  n.body = "Two\nlines";
  n.url = "https://news.example/1";
  n.image_url = "https://img.example/1.jpg";
  n.edition = "ed1";
  EXPECT_EQ(text_of(prepared(n), false),
            R"({"aps":{"alert":{"title":"A \"quoted\" title","body":"Two\nlines"},)"
            R"("sound":"default","thread-id":"digest","mutable-content":1},)"
            R"("paperboy":{"id":"0b1e6f0c-6b0a-4c9e-8d54-2f6f6a1f3b11","kind":"digest",)"
            R"("edition":"ed1","url":"https://news.example/1",)"
            R"("image":"https://img.example/1.jpg"}})");
  EXPECT_EQ(text_of(prepared(n), true).find("sound"), std::string::npos);
  EXPECT_NE(text_of(prepared(n), true).find(R"("interruption-level":"passive")"),
            std::string::npos);
}

TEST(apns_payload, leaves_out_what_is_empty) {
  notification n;
  n.kind = push_kind::breaking;
  n.title = "Now";
  EXPECT_EQ(text_of(prepared(n), false),
            R"({"aps":{"alert":{"title":"Now"},"sound":"default","thread-id":"breaking"},)"
            R"("paperboy":{"id":"0b1e6f0c-6b0a-4c9e-8d54-2f6f6a1f3b11",)"
            R"("kind":"notification"}})");
}

RC_GTEST_PROP(apns_payload, is_as_long_as_the_core_measures, ()) {
  const notification n = *net::testing::any_notification();
  const prepared message(n);
  const std::string loud = text_of(message, false);
  const std::string quiet = text_of(message, true);
  RC_ASSERT(std::max(loud.size(), quiet.size()) == apns_payload_length(n));
  const auto back = boost::json::parse(quiet);
  RC_ASSERT(back.at("aps").at("alert").at("title").as_string() == n.title);
  RC_ASSERT(back.at("paperboy").at("id").as_string() == id);
}

RC_GTEST_PROP(apns_payload, of_a_fitted_notification_is_within_apples_limit, ()) {
  const notification n = fit(*net::testing::any_notification());
  const prepared message(n);
  RC_ASSERT(text_of(message, false).size() <= payload_limit);
  RC_ASSERT(text_of(message, true).size() <= payload_limit);
}

std::string collapse(const notification& n, std::string_view token) {
  const auto text = collapse_id(prepared(n), token);
  return {text.data(), text.size()};
}

TEST(apns_collapse_id, is_the_same_for_every_copy_and_for_nothing_else) {
  notification digest;
  digest.scope = "2026-11-24";
  notification tomorrow = digest;
  tomorrow.scope = "2026-11-25";
  notification breaking = digest;
  breaking.kind = push_kind::breaking;
  notification keyed = breaking;
  keyed.collapse_key = "2026-11-24";
  notification reworded = digest;
  reworded.title = "Other words";

  const std::string token(32, '\x5a');
  EXPECT_EQ(collapse(digest, token), collapse(reworded, token));
  const std::set<std::string> different{collapse(digest, token), collapse(tomorrow, token),
                                        collapse(breaking, token), collapse(keyed, token),
                                        collapse(digest, std::string(32, '\x5b'))};
  EXPECT_EQ(different.size(), 5U);
  for (const auto& text : different) {
    EXPECT_LE(text.size(), 64U);
    EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-_"),
              std::string::npos);
  }
}

TEST(apns_path, is_the_raw_token_in_lower_case_hex) {
  const std::string token("\x00\xfc\x13\xAD", 4);
  std::string path(path_size(token), '?');
  write_path(token, path.data());
  EXPECT_EQ(path, "/3/device/00fc13ad");
}

}  // namespace
}  // namespace paperboy::apns
