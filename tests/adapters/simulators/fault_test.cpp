#include "adapters/simulators/fault.hpp"

#include <gtest/gtest.h>

namespace paperboy::simulators {
namespace {

fault good(std::string_view text) {
  const auto parsed = parse_fault(text);
  const auto* f = std::get_if<fault>(&parsed);
  EXPECT_NE(f, nullptr) << text;
  return f == nullptr ? fault{} : *f;
}

std::string bad(std::string_view text) {
  const auto parsed = parse_fault(text);
  const auto* why = std::get_if<std::string>(&parsed);
  return why == nullptr ? "" : *why;
}

TEST(parse_fault, reads_actions_with_their_details_and_conditions) {
  EXPECT_EQ(good("Unregistered,token=00fc*").reason, "Unregistered");
  EXPECT_EQ(good("Unregistered,token=00fc*").token, "00fc*");
  EXPECT_EQ(good("reset=CANCEL,chance=0.25").error_code, 8U);
  EXPECT_EQ(good("reset").error_code, 7U);
  EXPECT_EQ(good("goaway=2,last=none").error_code, 2U);
  EXPECT_EQ(good("delay=2s,every=100").delay, std::chrono::seconds(2));
  EXPECT_EQ(good("delay=150ms").delay, std::chrono::milliseconds(150));
  EXPECT_EQ(good("streams=1").stream_limit, 1U);
  EXPECT_EQ(good("503,retry-after=7,gateway=fcm").status, 503);
  EXPECT_EQ(good("503,gateway=fcm").gateway, gateway_name::fcm);
  EXPECT_TRUE(good("swallow,delivered,times=3").delivered);
}

TEST(parse_fault, lets_debug_and_body_have_commas) {
  EXPECT_EQ(good(R"(goaway,every=5,debug={"reason":"Shutdown","x":1})").debug,
            R"({"reason":"Shutdown","x":1})");
  EXPECT_EQ(good("500,body=a,b").body, "a,b");
}

TEST(parse_fault, says_which_part_it_does_not_understand) {
  EXPECT_EQ(bad("reset=NOPE"),
            "\"reset=NOPE\" is not an action; write for example \"Unregistered\", "
            "\"reset=REFUSED_STREAM\" or \"delay=2s\"");
  EXPECT_EQ(bad("swallow,when=now"),
            "\"when=now\" is not a condition; write for example \"gateway=apns\", "
            "\"token=00fc*\" or \"every=100\"");
  for (const char* text : {"", "99", "delay=2", "delay=s", "swallow=1", "a b"})
    EXPECT_NE(bad(text), "") << text;
  for (const char* text : {"swallow,every=0", "swallow,chance=2", "swallow,token=",
                           "swallow,gateway=x", "swallow,times=0", "swallow,at=x"})
    EXPECT_NE(bad(text), "") << text;
}

TEST(fault_script, strikes_by_number_token_and_gateway) {
  fault_script script(1);
  script.add(good("BadTopic,token=aa,every=2"));
  script.add(good("Forbidden,gateway=sandbox,token=b*,times=1"));
  EXPECT_EQ(script.strike(gateway_name::apns, "aa"), nullptr);
  EXPECT_EQ(script.strike(gateway_name::apns, "ab"), nullptr);
  EXPECT_EQ(script.strike(gateway_name::apns, "aa")->reason, "BadTopic");
  EXPECT_EQ(script.strike(gateway_name::apns, "bb"), nullptr);
  EXPECT_EQ(script.strike(gateway_name::sandbox, "bb")->reason, "Forbidden");
  EXPECT_EQ(script.strike(gateway_name::sandbox, "bc"), nullptr);
  script.clear();
  EXPECT_EQ(script.strike(gateway_name::apns, "aa"), nullptr);
}

TEST(fault_script, takes_chances_that_a_seed_repeats) {
  const auto pattern = [](std::uint64_t seed) {
    fault_script script(seed);
    script.add(good("swallow,chance=0.5"));
    std::string out;
    for (int i = 0; i < 64; ++i)
      out += script.strike(gateway_name::apns, "x") == nullptr ? '.' : 'x';
    return out;
  };
  EXPECT_EQ(pattern(7), pattern(7));
  EXPECT_NE(pattern(7), pattern(8));
  EXPECT_NE(pattern(7).find('x'), std::string::npos);
  EXPECT_NE(pattern(7).find('.'), std::string::npos);
}

TEST(fault_script, keeps_the_order_of_adding_between_exact_and_general_tokens) {
  fault_script script(1);
  script.add(good("BadTopic,token=*"));
  script.add(good("Forbidden,token=aa"));
  EXPECT_EQ(script.strike(gateway_name::apns, "aa")->reason, "BadTopic");
}

}  // namespace
}  // namespace paperboy::simulators
