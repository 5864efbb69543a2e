#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/redis/reply.hpp"

struct redisReader;
struct redisReadTask;

namespace paperboy::redis {

struct reply_limits {
  std::size_t bytes;   // of one reply
  std::size_t values;  // in one reply
};

// RESP2 replies from a stream of bytes, by hiredis' reader. Once broken it stays broken: the
// connection has lost its place.
class reply_reader {
 public:
  // What hiredis is best fed with at a time: it moves the rest of its buffer as it goes.
  static constexpr std::size_t piece = 16U << 10;

  enum class step : std::uint8_t { reply, more, broken };

  explicit reply_reader(reply_limits limits);
  ~reply_reader();
  reply_reader(const reply_reader&) = delete;
  reply_reader& operator=(const reply_reader&) = delete;

  // At most `piece` bytes; then next() until it says `more`.
  void feed(std::string_view bytes) noexcept;
  step next(reply& into);

  // With step::broken: what was wrong, without what was read.
  std::string problem() const;

 private:
  static void* on_string(const redisReadTask* task, char* text, std::size_t size) noexcept;
  static void* on_array(const redisReadTask* task, int size) noexcept;
  static void* on_integer(const redisReadTask* task, long long value) noexcept;
  static void* on_nil(const redisReadTask* task) noexcept;

  void* add(reply_storage::node node) noexcept;
  void close_arrays() noexcept;

  // hiredis 0.14 refuses deeper nesting ("No support for nested multi bulk replies with depth >
  // 7").
  static constexpr std::size_t deepest = 9;
  struct open_array {
    std::uint32_t index;
    std::uint32_t missing;
  };

  reply_limits limits_;
  std::unique_ptr<redisReader, void (*)(redisReader*)> reader_;
  std::unique_ptr<reply_storage> storage_;
  std::array<open_array, deepest> open_{};
  std::size_t depth_ = 0;
  bool too_large_ = false;
};

}  // namespace paperboy::redis
