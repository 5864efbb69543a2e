#include <gtest/gtest.h>

#include <algorithm>

#include "adapters/command_line/demo/verdict.hpp"

namespace paperboy::command_line::demo {
namespace {

using lines = std::vector<std::string>;

constexpr std::string_view digest =
    R"({"aps":{"alert":{"title":"T","body":"B"}},"paperboy":{"id":"1","edition":"E","url":"U"}})";
constexpr std::string_view same_digest =
    R"({"aps":{"alert":{"title":"T","body":"B"}},"paperboy":{"id":"2","edition":"F","url":"U"}})";
constexpr std::string_view other_digest =
    R"({"aps":{"alert":{"title":"T","body":"C"}},"paperboy":{"id":"2","edition":"F","url":"U"}})";

demo_phone phone_of(std::string_view name, std::string_view token) {
  demo_phone phone;
  phone.owner = &*std::ranges::find(phone_owners(), name, &phone_owner::name);
  phone.push_token = token;
  phone.promised = digest;
  return phone;
}

simulators::received_push push_to(std::string_view token, std::string_view payload, bool taken) {
  simulators::received_push push;
  push.token = token;
  push.payload = payload;
  push.taken = taken;
  return push;
}

// A slot as it should be: one digest, one silence with a reason, one phone that is gone for its
// gateway, one that left.
struct slot_of_the_demo {
  std::vector<demo_phone> phones{phone_of("Emma", "e"), phone_of("Sara", "s"),
                                 phone_of("Chloe", "c"), phone_of("Ilya", "i")};
  std::vector<simulators::received_push> pushes{push_to("e", same_digest, true),
                                                push_to("c", same_digest, false)};
  run_numbers run{"r", "done", 3, 1, 1, 0, {{"paused", 1}}, 0, 1};

  slot_of_the_demo() {
    phones[1].promised.clear();
    phones[1].reason = "paused";
  }
  evidence all() const { return {phones, pushes, run}; }
};

TEST(the_verdict, finds_nothing_where_all_is_as_it_should_be) {
  const slot_of_the_demo slot;
  EXPECT_EQ(wrong_digests(slot.all()), lines{});
  EXPECT_EQ(wrong_silences(slot.all()), lines{});
  EXPECT_EQ(wrong_numbers(slot.all()), lines{});
}

TEST(the_verdict, names_who_got_another_digest_than_promised) {
  slot_of_the_demo slot;
  slot.pushes[0].payload = other_digest;
  EXPECT_EQ(wrong_digests(slot.all()), lines{"Emma got another digest than the preview said"});
}

TEST(the_verdict, names_who_got_nothing_or_a_copy) {
  slot_of_the_demo slot;
  slot.pushes.push_back(slot.pushes[0]);
  EXPECT_EQ(wrong_digests(slot.all()), lines{"Emma got 2 digests of 2 tried, not one"});
  EXPECT_EQ(wrong_numbers(slot.all()),
            lines{"accepted against what the gateways took is 1, not 2"});
  std::erase_if(slot.pushes, [](const auto& p) { return p.token == "e"; });
  EXPECT_EQ(wrong_digests(slot.all()), lines{"Emma got 0 digests of 0 tried, not one"});
}

TEST(the_verdict, names_who_should_have_been_left_in_peace) {
  slot_of_the_demo slot;
  slot.pushes.push_back(push_to("s", digest, true));
  slot.pushes.push_back(push_to("i", digest, false));
  slot.pushes.push_back(push_to("x", digest, true));
  EXPECT_EQ(wrong_silences(slot.all()), (lines{"1 pushes went to Sara", "1 pushes went to Ilya",
                                               "a push went to a phone that nobody registered"}));
}

TEST(the_verdict, holds_the_ledger_against_the_previews) {
  slot_of_the_demo slot;
  slot.run.skipped = {{"muted", 1}};
  slot.run.state = "running";
  EXPECT_EQ(wrong_numbers(slot.all()),
            (lines{"the run is running, not done", "the reasons are not those of the previews"}));
  slot.run.pending = 1;
  EXPECT_EQ(wrong_numbers(slot.all()).front(), "the ledger does not balance");
}

TEST(the_verdict, reads_both_payloads) {
  const auto android = read_payload(
      platform::android, R"({"message":{"notification":{"title":"T","body":"B","image":"I"},)"
                         R"("data":{"paperboy_url":"U","paperboy_edition":"E"}}})");
  EXPECT_EQ(android.title, "T");
  EXPECT_EQ(android.body, "B");
  EXPECT_EQ(android.image_url, "I");
  EXPECT_EQ(android.url, "U");
  EXPECT_EQ(android.edition, "E");
  EXPECT_EQ(read_payload(platform::ios, digest).edition, "E");
  EXPECT_EQ(read_payload(platform::ios, "[1]").title, "");
}

TEST(the_verdict, lets_android_pushes_differ_in_token_ids_and_time_to_live_alone) {
  const auto message = [](std::string_view token, std::string_view ttl, std::string_view tag) {
    return std::string{R"({"message":{"token":")"}
        .append(token)
        .append(R"(","android":{"ttl":")")
        .append(ttl)
        .append(R"(","notification":{"tag":")")
        .append(tag)
        .append(R"("}}}})");
  };
  EXPECT_TRUE(
      same_but_for_ids(platform::android, message("a", "1s", "t"), message("b", "2s", "t")));
  EXPECT_FALSE(
      same_but_for_ids(platform::android, message("a", "1s", "t"), message("a", "1s", "u")));
}

}  // namespace
}  // namespace paperboy::command_line::demo
