#include "core/domain/credential.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace paperboy {
namespace {

// Not a MAC, but it depends on every bit of what it is given, and it counts.
class counting_seal final : public seal {
 public:
  explicit counting_seal(std::uint64_t secret) : secret_(secret) {}
  mac sign(std::string_view purpose, std::string_view bytes) const override {
    ++signed_;
    const auto seed = XXH3_64bits_withSeed(purpose.data(), purpose.size(), secret_);
    const auto hash = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
    mac m;
    std::memcpy(m.data(), &hash.low64, 8);
    std::memcpy(m.data() + 8, &hash.high64, 8);
    return m;
  }
  int signed_count() const noexcept { return signed_; }

 private:
  std::uint64_t secret_;
  mutable int signed_ = 0;
};

constexpr std::string_view digits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

device_id some_device() {
  device_id id;
  for (std::size_t i = 0; i < 16; ++i) {
    id.subscriber.bytes[i] = static_cast<std::uint8_t>(17 * i + 3);
  }
  id.number = 2;
  return id;
}

struct credential_test : testing::Test {
  counting_seal seal{42};
  device_credentials credentials{seal};
  std::string issued = credentials.issue(some_device(), 0xDEADBEEF);
  int before = seal.signed_count();
};

TEST_F(credential_test, has_one_shape) {
  EXPECT_EQ(issued.size(), device_credential_bytes);
  EXPECT_TRUE(issued.starts_with("pd_"));
  EXPECT_EQ(issued.find_first_not_of(digits, 3), std::string::npos);
}

TEST_F(credential_test, opens_as_what_it_was_issued_for) {
  const auto opened = credentials.open(issued);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->device, some_device());
  EXPECT_EQ(opened->generation, 0xDEADBEEF);
}

TEST_F(credential_test, is_refused_by_its_check_sum_before_a_mac_is_computed) {
  for (std::size_t i = 0; i < issued.size(); ++i) {
    std::string changed = issued;
    changed[i] = changed[i] == 'x' ? 'y' : 'x';
    EXPECT_FALSE(credentials.open(changed)) << "at " << i;
  }
  EXPECT_EQ(seal.signed_count(), before);
}

TEST_F(credential_test, is_refused_in_any_other_shape_before_a_mac_is_computed) {
  EXPECT_FALSE(credentials.open(""));
  EXPECT_FALSE(credentials.open("pd_"));
  EXPECT_FALSE(credentials.open(issued + "0"));
  EXPECT_FALSE(credentials.open(std::string_view(issued).substr(1)));
  EXPECT_FALSE(credentials.open("PD_" + issued.substr(3)));
  EXPECT_FALSE(credentials.open(std::string(device_credential_bytes, '\0')));
  EXPECT_EQ(seal.signed_count(), before);
}

TEST_F(credential_test, of_another_installation_is_refused) {
  const counting_seal other(43);
  const device_credentials elsewhere(other);
  EXPECT_FALSE(credentials.open(elsewhere.issue(some_device(), 0xDEADBEEF)));
}

// The last digits of base 62 could spell numbers past 37 bytes: none of them is a second spelling.
TEST_F(credential_test, has_no_second_spelling) {
  device_id highest;
  highest.subscriber.bytes.fill(0xFF);
  highest.number = 0xFF;
  const auto text = credentials.issue(highest, 0xFFFFFFFF);
  ASSERT_TRUE(credentials.open(text));
  EXPECT_LT(text[3], 'z');
}

RC_GTEST_PROP(credential_property, every_device_and_generation_comes_back,
              (const std::array<std::uint8_t, 16>& bytes, std::uint8_t number,
               std::uint32_t generation)) {
  const counting_seal seal(7);
  const device_credentials credentials(seal);
  const device_id device{{bytes}, number};
  const auto opened = credentials.open(credentials.issue(device, generation));
  RC_ASSERT(opened.has_value());
  RC_ASSERT(opened->device == device);
  RC_ASSERT(opened->generation == generation);
}

RC_GTEST_PROP(credential_property, any_text_is_refused_without_a_crash, (const std::string& text)) {
  const counting_seal seal(7);
  const device_credentials credentials(seal);
  std::string shaped = "pd_" + text;
  shaped.resize(device_credential_bytes, '0');
  RC_ASSERT(!credentials.open(text));
  RC_ASSERT(!credentials.open(shaped));
}

}  // namespace
}  // namespace paperboy
