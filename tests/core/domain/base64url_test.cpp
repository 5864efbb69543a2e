#include "core/domain/base64url.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace paperboy {
namespace {

// RFC 4648 section 10, without the padding.
TEST(base64url, is_that_of_the_rfc) {
  EXPECT_EQ(to_base64url(""), "");
  EXPECT_EQ(to_base64url("f"), "Zg");
  EXPECT_EQ(to_base64url("fo"), "Zm8");
  EXPECT_EQ(to_base64url("foo"), "Zm9v");
  EXPECT_EQ(to_base64url("foobar"), "Zm9vYmFy");
  EXPECT_EQ(to_base64url("\xfb\xff"), "-_8");
}

TEST(base64url, takes_one_spelling_of_each_value) {
  EXPECT_EQ(from_base64url("Zg"), "f");
  for (const std::string_view other : {"Zh", "Zg==", "Zg=", "Z", "Zm9vZ", "+_8", "-/8", "Z g"}) {
    EXPECT_FALSE(from_base64url(other)) << other;
  }
  EXPECT_FALSE(from_base64url(std::string_view("Zg\0", 3)));
}

RC_GTEST_PROP(base64url, comes_back_as_it_was, (const std::string& bytes)) {
  const std::string text = to_base64url(bytes);
  RC_ASSERT(text.size() == (bytes.size() * 4 + 2) / 3);
  RC_ASSERT(from_base64url(text) == bytes);
}

}  // namespace
}  // namespace paperboy
