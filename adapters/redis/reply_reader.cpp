#include "adapters/redis/reply_reader.hpp"

#include <hiredis/read.h>

#include <new>
#include <utility>

#include "adapters/redis/reply_pool.hpp"

namespace paperboy::redis {
namespace {

reply_reader& self(const redisReadTask* task) noexcept {
  return *static_cast<reply_reader*>(task->privdata);
}

// Beyond this hiredis gives an emptied buffer back. Its own default of 16 KiB would free and grow
// the buffer anew for each reply.
constexpr std::size_t kept_buffer = 1U << 20;

constexpr std::uint32_t bits(reply_type type) noexcept {
  return static_cast<std::uint32_t>(type) & 7U;
}

}  // namespace

reply_reader::reply_reader(reply_limits limits)
    : limits_(limits), reader_(nullptr, redisReaderFree) {
  static redisReplyObjectFunctions functions{&on_string, &on_array, &on_integer, &on_nil,
                                             [](void*) noexcept {}};
  reader_.reset(redisReaderCreateWithFunctions(&functions));
  if (!reader_) throw std::bad_alloc{};
  reader_->maxbuf = kept_buffer;
  reader_->privdata = this;
  storage_ = take_storage();
}

reply_reader::~reply_reader() {
  give_storage(std::move(storage_));
}

void reply_reader::feed(std::string_view bytes) noexcept {
  redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
  if (reader_->len - reader_->pos > limits_.bytes + piece) too_large_ = true;
}

reply_reader::step reply_reader::next(reply& into) {
  if (too_large_) return step::broken;
  void* root = nullptr;
  if (redisReaderGetReply(reader_.get(), &root) != 0) return step::broken;
  if (root == nullptr) return step::more;
  into = reply{std::move(storage_)};
  storage_ = take_storage();
  return step::reply;
}

std::string reply_reader::problem() const {
  if (too_large_) return "a reply beyond the limit";
  return reader_->err == 0 ? std::string{} : loggable(reader_->errstr);
}

void reply_reader::close_arrays() noexcept {
  while (depth_ > 0) {
    open_array& innermost = open_[depth_ - 1];
    if (--innermost.missing > 0) return;
    storage_->nodes[innermost.index].end =
        static_cast<std::uint32_t>(storage_->nodes.size()) & 0x1fffffffU;
    --depth_;
  }
}

// Null makes hiredis give up with an error.
void* reply_reader::add(reply_storage::node node) noexcept {
  const std::size_t index = storage_->nodes.size();
  if (index >= limits_.values) {
    too_large_ = true;
    return nullptr;
  }
  node.end = static_cast<std::uint32_t>(index + 1) & 0x1fffffffU;
  try {
    storage_->nodes.push_back(node);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
  if (node.type == bits(reply_type::array) && node.length > 0) {
    open_[depth_++] = {static_cast<std::uint32_t>(index), node.length};
  } else {
    close_arrays();
  }
  return this;
}

void* reply_reader::on_string(const redisReadTask* task, char* text, std::size_t size) noexcept {
  reply_reader& reader = self(task);
  std::vector<char>& blob = reader.storage_->blob;
  const std::size_t offset = blob.size();
  if (offset + size > reader.limits_.bytes) {
    reader.too_large_ = true;
    return nullptr;
  }
  try {
    blob.insert(blob.end(), text, text + size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
  const reply_type type = task->type == REDIS_REPLY_ERROR ? reply_type::error : reply_type::string;
  reply_storage::node node;
  node.integer = static_cast<std::int64_t>(offset);
  node.length = static_cast<std::uint32_t>(size);
  node.type = bits(type);
  return reader.add(node);
}

void* reply_reader::on_array(const redisReadTask* task, int size) noexcept {
  reply_reader& reader = self(task);
  const std::size_t values = reader.storage_->nodes.size();
  // The count is the peer's word only: it is compared before anything is believed (the nodes grow
  // as values really come).
  if (size < 0 || values + static_cast<std::size_t>(size) >= reader.limits_.values ||
      reader.depth_ == deepest) {
    reader.too_large_ = true;
    return nullptr;
  }
  reply_storage::node node;
  node.length = static_cast<std::uint32_t>(size);
  node.type = bits(reply_type::array);
  return reader.add(node);
}

void* reply_reader::on_integer(const redisReadTask* task, long long value) noexcept {
  reply_storage::node node;
  node.integer = value;
  node.type = bits(reply_type::integer);
  return self(task).add(node);
}

void* reply_reader::on_nil(const redisReadTask* task) noexcept {
  return self(task).add(reply_storage::node{});
}

}  // namespace paperboy::redis
