#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/redis/errors.hpp"
#include "core/result.hpp"

namespace paperboy::redis {

enum class reply_type : std::uint8_t { nil, integer, string, array, error };

// A reply lies flat: its nodes in preorder in one vector, all texts in one blob, so that reading a
// hash of 256 records allocates nothing once the two have grown.
class reply_storage {
 public:
  struct node {
    std::int64_t integer = 0;    // integer: its value; string, error: offset into the blob
    std::uint32_t length = 0;    // string, error: bytes; array: children
    std::uint32_t end : 29 = 0;  // index of the node after this one's last descendant
    std::uint32_t type : 3 = 0;
  };

  std::vector<node> nodes;
  std::vector<char> blob;
};

// One value inside a reply; valid while the `reply` that owns it lives. Never throws; asking a
// value for what it is not gives the empty answer. Cheap to copy.
class reply_view {
 public:
  class iterator;

  reply_view() noexcept = default;  // nil
  reply_view(const reply_storage& storage, std::uint32_t index) noexcept
      : storage_(&storage), index_(index) {}

  reply_type type() const noexcept {
    return storage_ == nullptr ? reply_type::nil : static_cast<reply_type>(node().type);
  }
  bool is_nil() const noexcept { return type() == reply_type::nil; }
  bool is_integer() const noexcept { return type() == reply_type::integer; }
  bool is_string() const noexcept { return type() == reply_type::string; }
  bool is_array() const noexcept { return type() == reply_type::array; }
  bool is_error() const noexcept { return type() == reply_type::error; }

  // An integer, or a string that is wholly a decimal integer within 64 bits; else empty.
  std::optional<std::int64_t> integer() const noexcept;
  std::int64_t as_int(std::int64_t otherwise = 0) const noexcept {
    return integer().value_or(otherwise);
  }
  // The bytes of a bulk or simple string, or of an error (without '-'); else empty.
  std::string_view as_string() const noexcept;

  // Children of an array; 0 for everything else.
  std::size_t size() const noexcept { return is_array() ? node().length : 0; }
  bool empty() const noexcept { return size() == 0; }
  // Out of range: nil. Constant time when no child is an array with children, else linear.
  reply_view operator[](std::size_t position) const noexcept;
  iterator begin() const noexcept;
  iterator end() const noexcept;

 private:
  friend class iterator;
  const reply_storage::node& node() const noexcept { return storage_->nodes[index_]; }

  const reply_storage* storage_ = nullptr;
  std::uint32_t index_ = 0;
};

class reply_view::iterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = reply_view;
  using difference_type = std::ptrdiff_t;
  using pointer = void;
  using reference = reply_view;

  iterator() noexcept = default;
  iterator(const reply_storage* storage, std::uint32_t index) noexcept
      : storage_(storage), index_(index) {}

  reply_view operator*() const noexcept { return {*storage_, index_}; }
  iterator& operator++() noexcept {
    index_ = storage_->nodes[index_].end;
    return *this;
  }
  iterator operator++(int) noexcept {
    iterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const iterator&, const iterator&) noexcept = default;

 private:
  const reply_storage* storage_ = nullptr;
  std::uint32_t index_ = 0;
};

inline reply_view::iterator reply_view::begin() const noexcept {
  return is_array() ? iterator{storage_, index_ + 1} : iterator{};
}
inline reply_view::iterator reply_view::end() const noexcept {
  return is_array() ? iterator{storage_, node().end} : iterator{};
}

// Owns one reply. Its memory goes back to a small pool of the destroying thread.
class reply {
 public:
  reply() noexcept = default;  // nil
  explicit reply(std::unique_ptr<reply_storage> storage) noexcept : storage_(std::move(storage)) {}
  reply(reply&&) noexcept = default;
  reply& operator=(reply&& other) noexcept;
  ~reply();

  reply_view view() const noexcept { return storage_ ? reply_view{*storage_, 0} : reply_view{}; }

  reply_type type() const noexcept { return view().type(); }
  bool is_nil() const noexcept { return view().is_nil(); }
  bool is_integer() const noexcept { return view().is_integer(); }
  bool is_string() const noexcept { return view().is_string(); }
  bool is_array() const noexcept { return view().is_array(); }
  bool is_error() const noexcept { return view().is_error(); }
  std::optional<std::int64_t> integer() const noexcept { return view().integer(); }
  std::int64_t as_int(std::int64_t otherwise = 0) const noexcept {
    return view().as_int(otherwise);
  }
  std::string_view as_string() const noexcept { return view().as_string(); }
  std::size_t size() const noexcept { return view().size(); }
  bool empty() const noexcept { return view().empty(); }
  reply_view operator[](std::size_t position) const noexcept { return view()[position]; }
  reply_view::iterator begin() const noexcept { return view().begin(); }
  reply_view::iterator end() const noexcept { return view().end(); }

 private:
  std::unique_ptr<reply_storage> storage_;
};

// What became of a command: a reply, or why there is none. Used like result<reply>, and becomes
// one. An error that Redis answered is a failure here; errors *inside* an array stay nodes of the
// reply.
class answer {
 public:
  answer() noexcept : answer(error_kind::not_connected) {}
  explicit answer(error_kind kind) noexcept : kind_(kind), code_(code_of(kind)) {}
  explicit answer(reply r) noexcept;  // an error reply is classified

  bool has_value() const noexcept { return kind_ == error_kind::none; }
  bool has_error() const noexcept { return !has_value(); }
  explicit operator bool() const noexcept { return has_value(); }

  // Only with has_value().
  const reply& operator*() const noexcept { return reply_; }
  const reply* operator->() const noexcept { return &reply_; }
  const reply& value() const noexcept { return reply_; }
  reply take() noexcept { return std::move(reply_); }

  error_code error() const noexcept { return code_; }
  error_kind kind() const noexcept { return kind_; }
  // What Redis answered, to decide by, never to log: "STALE 4". Empty if nothing was answered.
  std::string_view error_text() const noexcept {
    return has_error() ? reply_.as_string() : std::string_view{};
  }
  std::string_view error_word() const noexcept { return redis::error_word(error_text()); }
  // One line for a log, without arguments.
  std::string error_detail() const;

  operator result<reply>() && {
    if (has_value()) return std::move(reply_);
    return code_;
  }

 private:
  reply reply_;
  error_kind kind_;
  error_code code_;
};

}  // namespace paperboy::redis
