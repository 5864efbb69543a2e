#include "adapters/net/http2_memory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

namespace paperboy::net {
namespace {

struct http2_memory_test : ::testing::Test {
  std::byte* take(std::size_t size) {
    return static_cast<std::byte*>(hooks.malloc(size, hooks.mem_user_data));
  }
  std::byte* take_zeroed(std::size_t count, std::size_t size) {
    return static_cast<std::byte*>(hooks.calloc(count, size, hooks.mem_user_data));
  }
  std::byte* resize(std::byte* bytes, std::size_t size) {
    return static_cast<std::byte*>(hooks.realloc(bytes, size, hooks.mem_user_data));
  }
  void give(std::byte* bytes) { hooks.free(bytes, hooks.mem_user_data); }

  http2_memory memory;
  nghttp2_mem hooks = memory.hooks();
};

TEST_F(http2_memory_test, gives_what_was_freed_to_whoever_asks_for_as_much) {
  std::byte* const first = take(200);
  give(first);
  EXPECT_EQ(take(193), first);  // both are served in steps of 16
  EXPECT_NE(take(200), first);
}

TEST_F(http2_memory_test, pieces_are_aligned_and_do_not_overlap) {
  constexpr std::size_t most = 3000;  // beyond what it serves by itself
  std::vector<std::byte*> pieces;
  for (std::size_t size = 0; size < most; size += 7) {
    std::byte* const piece = take(size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(piece) % alignof(std::max_align_t), 0U);
    std::fill_n(piece, size, static_cast<std::byte>(size % 251));
    pieces.push_back(piece);
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::size_t size = i * 7;
    EXPECT_EQ(std::count(pieces[i], pieces[i] + size, static_cast<std::byte>(size % 251)),
              static_cast<std::ptrdiff_t>(size));
    give(pieces[i]);
  }
}

TEST_F(http2_memory_test, a_piece_keeps_its_bytes_as_it_grows) {
  std::byte* piece = take(10);
  std::fill_n(piece, 10, std::byte{7});
  for (const std::size_t size : {16U, 17U, 1000U, 1024U, 1025U, 100'000U}) {
    piece = resize(piece, size);
    EXPECT_EQ(std::count(piece, piece + 10, std::byte{7}), 10);
  }
  give(piece);
  EXPECT_NE(resize(nullptr, 5), nullptr);
}

TEST_F(http2_memory_test, zeroes_a_piece_that_was_in_use) {
  std::byte* const used = take(64);
  std::fill_n(used, 64, std::byte{9});
  give(used);
  std::byte* const clean = take_zeroed(4, 16);
  EXPECT_EQ(clean, used);
  EXPECT_EQ(std::count(clean, clean + 64, std::byte{0}), 64);
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
TEST_F(http2_memory_test, the_sanitizer_sees_a_piece_that_is_used_after_it_was_freed) {
  volatile std::byte* const piece = take(48);
  give(const_cast<std::byte*>(piece));
  EXPECT_DEATH(*piece = std::byte{1}, "use-after-poison");
}
#endif
#endif

TEST_F(http2_memory_test, has_no_piece_of_a_size_that_does_not_exist) {
  constexpr auto most = std::numeric_limits<std::size_t>::max();
  EXPECT_EQ(take(most), nullptr);
  EXPECT_EQ(take_zeroed(most / 2, 3), nullptr);
  give(nullptr);
}

}  // namespace
}  // namespace paperboy::net
