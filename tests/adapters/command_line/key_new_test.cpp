#include "adapters/command_line/key_new.hpp"

#include <gtest/gtest.h>

#include <set>

namespace paperboy::command_line {
namespace {

TEST(an_api_key, has_one_shape_and_never_comes_twice) {
  std::set<std::string> keys;
  std::set<char> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string key = make_api_key();
    EXPECT_EQ(key.size(), 51U);
    EXPECT_TRUE(key.starts_with("pk_live_"));
    seen.insert(key.begin() + 8, key.end());
    keys.insert(key);
  }
  EXPECT_EQ(keys.size(), 1000U);
  EXPECT_EQ(seen.size(), 62U);
}

}  // namespace
}  // namespace paperboy::command_line
