#pragma once

#include <nghttp2/nghttp2.h>

#include <array>
#include <cstddef>

namespace paperboy::net {

// The memory of one nghttp2 session, which makes some ten pieces for each stream and frees them in
// another order. What is freed waits here for the next stream: glibc keeps seven pieces of a size at
// hand, and takes a slow way for a thousand. Grows to what was in use at once, and goes as a whole.
// Belongs to one thread, and outlives its session.
class http2_memory {
 public:
  http2_memory() = default;
  ~http2_memory();
  http2_memory(const http2_memory&) = delete;
  http2_memory& operator=(const http2_memory&) = delete;

  // For nghttp2_session_client_new3(), which keeps a copy.
  nghttp2_mem hooks() noexcept;

 private:
  static constexpr std::size_t step = alignof(std::max_align_t);
  static constexpr std::size_t largest = 1024;  // what is larger is rare, and left to malloc()
  static constexpr std::size_t chunk_size = 32 * 1024;

  struct piece {  // in front of the bytes that nghttp2 sees
    std::size_t room;
    piece* next;  // of those that are free
  };
  struct chunk {
    chunk* before;
    std::size_t used;
  };
  static_assert(sizeof(piece) % step == 0 && sizeof(chunk) % step == 0);

  // As malloc(), realloc() and free().
  void* take(std::size_t size) noexcept;
  void* resize(void* bytes, std::size_t size) noexcept;
  void give(void* bytes) noexcept;
  piece* carve(std::size_t room) noexcept;

  std::array<piece*, largest / step + 1> free_{};  // by room, in steps
  chunk* chunks_ = nullptr;
};

}  // namespace paperboy::net
