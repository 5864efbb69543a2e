#include "adapters/redis/reply.hpp"

#include <charconv>

#include "adapters/redis/reply_pool.hpp"

namespace paperboy::redis {
namespace {

// What a thread keeps of replies that are gone: as many as a connection reads in one go under load, most
// of them small; a large one is not kept, for it would leave the others no room.
constexpr std::size_t pool_size = 128;
constexpr std::size_t largest_pooled = 256U << 10;
constexpr std::size_t pooled_bytes = 8 * largest_pooled;  // of all together

struct pool {
  std::array<std::unique_ptr<reply_storage>, pool_size> kept;
  std::size_t size = 0;
  std::size_t bytes = 0;
  ~pool();
};

std::size_t bytes_of(const reply_storage& s) noexcept {
  return s.nodes.capacity() * sizeof(reply_storage::node) + s.blob.capacity();
}

// Trivial, so it can still be read after the thread's pool is gone.
thread_local bool pool_gone = false;
thread_local pool this_thread;

pool::~pool() {
  pool_gone = true;
}

}  // namespace

std::unique_ptr<reply_storage> take_storage() {
  if (pool_gone || this_thread.size == 0) return std::make_unique<reply_storage>();
  auto storage = std::move(this_thread.kept[--this_thread.size]);
  this_thread.bytes -= bytes_of(*storage);
  return storage;
}

void give_storage(std::unique_ptr<reply_storage> storage) noexcept {
  if (!storage || pool_gone || this_thread.size == pool_size) return;
  const std::size_t bytes = bytes_of(*storage);
  if (bytes > largest_pooled || this_thread.bytes + bytes > pooled_bytes) return;
  this_thread.bytes += bytes;
  storage->nodes.clear();
  storage->blob.clear();
  this_thread.kept[this_thread.size++] = std::move(storage);
}

std::optional<std::int64_t> reply_view::integer() const noexcept {
  if (is_integer()) return node().integer;
  if (!is_string()) return std::nullopt;
  const std::string_view text = as_string();
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view reply_view::as_string() const noexcept {
  if (!is_string() && !is_error()) return {};
  const reply_storage::node& n = node();
  return {storage_->blob.data() + n.integer, n.length};
}

reply_view reply_view::operator[](std::size_t position) const noexcept {
  if (position >= size()) return {};
  const reply_storage::node& n = node();
  const bool children_are_leaves = n.end == index_ + 1 + n.length;
  if (children_are_leaves) return {*storage_, index_ + 1 + static_cast<std::uint32_t>(position)};
  iterator child = begin();
  while (position-- > 0) ++child;
  return *child;
}

reply::~reply() {
  give_storage(std::move(storage_));
}

reply& reply::operator=(reply&& other) noexcept {
  if (this != &other) {
    give_storage(std::move(storage_));
    storage_ = std::move(other.storage_);
  }
  return *this;
}

answer::answer(reply r) noexcept
    : reply_(std::move(r)),
      kind_(reply_.is_error() ? classify(reply_.as_string()) : error_kind::none),
      code_(code_of(kind_)) {}

std::string answer::error_detail() const {
  if (has_value()) return {};
  const std::string_view text = error_text();
  return text.empty() ? std::string{to_text(kind_)} : loggable(text);
}

}  // namespace paperboy::redis
