#include "adapters/net/http2_memory.hpp"

#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>

// So that the sanitizer sees a piece that is used after it was freed.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#endif
#endif
#ifndef ASAN_POISON_MEMORY_REGION
#define ASAN_POISON_MEMORY_REGION(bytes, size) static_cast<void>(0)
#define ASAN_UNPOISON_MEMORY_REGION(bytes, size) static_cast<void>(0)
#endif

namespace paperboy::net {

http2_memory::~http2_memory() {
  while (chunks_ != nullptr) {
    chunk* const before = chunks_->before;
    std::free(chunks_);
    chunks_ = before;
  }
}

nghttp2_mem http2_memory::hooks() noexcept {
  nghttp2_mem all{};
  all.mem_user_data = this;
  all.malloc = [](std::size_t size, void* self) noexcept {
    return static_cast<http2_memory*>(self)->take(size);
  };
  all.free = [](void* bytes, void* self) noexcept { static_cast<http2_memory*>(self)->give(bytes); };
  all.calloc = [](std::size_t count, std::size_t size, void* self) noexcept -> void* {
    if (size != 0 && count > std::numeric_limits<std::size_t>::max() / size) return nullptr;
    void* const bytes = static_cast<http2_memory*>(self)->take(count * size);
    return bytes == nullptr ? nullptr : std::memset(bytes, 0, count * size);
  };
  all.realloc = [](void* bytes, std::size_t size, void* self) noexcept {
    return static_cast<http2_memory*>(self)->resize(bytes, size);
  };
  return all;
}

void* http2_memory::take(std::size_t size) noexcept {
  piece* taken = nullptr;
  if (size > largest) {
    if (size > std::numeric_limits<std::size_t>::max() - sizeof(piece)) return nullptr;
    taken = static_cast<piece*>(std::malloc(sizeof(piece) + size));
    if (taken != nullptr) taken->room = size;
  } else {
    const std::size_t steps = (size + step - 1) / step;
    taken = free_[steps];
    if (taken != nullptr) {
      ASAN_UNPOISON_MEMORY_REGION(taken + 1, taken->room);
      free_[steps] = taken->next;
    } else {
      taken = carve(steps * step);
    }
  }
  return taken == nullptr ? nullptr : taken + 1;
}

http2_memory::piece* http2_memory::carve(std::size_t room) noexcept {
  const std::size_t size = sizeof(piece) + room;
  if (chunks_ == nullptr || chunk_size - chunks_->used < size) {
    void* const made = std::malloc(chunk_size);
    if (made == nullptr) return nullptr;
    chunks_ = new (made) chunk{chunks_, sizeof(chunk)};
  }
  auto* const at = reinterpret_cast<std::byte*>(chunks_) + chunks_->used;
  chunks_->used += size;
  return new (at) piece{room, nullptr};
}

void http2_memory::give(void* bytes) noexcept {
  if (bytes == nullptr) return;
  piece* const given = static_cast<piece*>(bytes) - 1;
  if (given->room > largest) return std::free(given);
  ASAN_POISON_MEMORY_REGION(given + 1, given->room);
  piece*& first = free_[given->room / step];
  given->next = first;
  first = given;
}

void* http2_memory::resize(void* bytes, std::size_t size) noexcept {
  if (bytes == nullptr) return take(size);
  const std::size_t room = (static_cast<piece*>(bytes) - 1)->room;
  if (size <= room) return bytes;
  void* const larger = take(size);
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, bytes, room);
  give(bytes);
  return larger;
}

}  // namespace paperboy::net
