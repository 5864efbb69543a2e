#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/redis/shard_guard.hpp"

namespace paperboy::redis {

// What an argument may be: bytes, or a whole number (written in decimal).
template <class T>
concept number_argument = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>;
template <class T>
concept argument = number_argument<T> || std::convertible_to<const T&, std::string_view>;

// A whole number as text, for lists of string_views: decimal{epoch}.view().
class decimal {
 public:
  template <number_argument T>
  explicit decimal(T value) noexcept {
    size_ = static_cast<std::size_t>(
        std::to_chars(text_.data(), text_.data() + text_.size(), value).ptr - text_.data());
  }
  std::string_view view() const noexcept { return {text_.data(), size_}; }
  operator std::string_view() const noexcept { return view(); }

 private:
  std::array<char, 24> text_;
  std::size_t size_;
};

// RESP2's request form: https://redis.io/docs/latest/develop/reference/protocol-spec/ (bulk
// strings).
void append_array_header(std::string& out, std::size_t count);
void append_bulk(std::string& out, std::string_view bytes);

// One command, encoded as it is built; arguments are copied, binary-safe. No blocking commands, no
// MULTI, no SUBSCRIBE: they need a connection of their own.
class command {
 public:
  template <argument... A>
  explicit command(std::string_view name, const A&... args) {
    bytes_.reserve(usual_size);
    bytes_.assign(header_room, ' ');
    append_bulk(bytes_, name);
    (arg(args), ...);
  }

  command& arg(std::string_view bytes) {
    if (count_ == 1) place_ = place_of_key(bytes);
    append_bulk(bytes_, bytes);
    ++count_;
    return *this;
  }
  template <number_argument T>
  command& arg(T value) {
    return arg(decimal{value}.view());
  }

  std::size_t count() const noexcept { return count_; }  // with the name
  // Where its first argument stands: all keys of a command stand in one place.
  key_place place() const noexcept { return place_; }
  // The whole command in RESP; valid until it is changed, copied or moved.
  std::string_view encoded();
  // The same with another whole command behind it.
  std::string_view encoded_with(std::string_view next);

 private:
  // Room for the array's header, whose count is known last.
  static constexpr std::size_t header_room = 16;
  // Of most commands, and the question behind them.
  static constexpr std::size_t usual_size = 192;

  std::string bytes_;
  std::size_t count_ = 1;
  key_place place_ = nowhere;
};

// A Lua script and its SHA-1, computed once. Name and source must outlive it: make it a static.
class script {
 public:
  // One that `checks_its_place` answers REGRESSED by itself where its shard was lost: it is believed
  // without asking (see client::watch_over).
  script(std::string_view name, std::string_view source, bool checks_its_place = false);

  bool checks_its_place() const noexcept { return checks_its_place_; }
  std::string_view name() const noexcept { return name_; }
  std::string_view source() const noexcept { return source_; }
  std::string_view sha1() const noexcept { return {sha1_.data(), sha1_.size()}; }  // 40 hex digits

 private:
  std::string_view name_;
  std::string_view source_;
  std::array<char, 40> sha1_;
  bool checks_its_place_;
};

using text_list = std::span<const std::string_view>;

// Arguments of a script, encoded as they are added.
class encoded_list {
 public:
  encoded_list& add(std::string_view bytes) {
    append_bulk(bytes_, bytes);
    ++count_;
    return *this;
  }
  template <number_argument T>
  encoded_list& add(T value) {
    return add(decimal{value}.view());
  }

  std::string_view bytes() const noexcept { return bytes_; }
  std::size_t count() const noexcept { return count_; }
  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }

 private:
  std::string bytes_;
  std::size_t count_ = 0;
};

// Commands sent in one go and answered together, in order. They are independent: a script that the
// server did not know runs a second time after the others.
class pipeline {
 public:
  template <argument... A>
  void add(std::string_view name, const A&... args) {
    begin(1 + sizeof...(A), nullptr);
    append_bulk(bytes_, name);
    bool first = true;
    (append_argument(args, std::exchange(first, false)), ...);
  }
  void add(command c);
  void add_encoded(std::string_view whole_command);
  // EVALSHA. All keys in `keys`. The script must live until the answers are there.
  void eval(const script& s, text_list keys, text_list args);
  void eval(const script& s, text_list keys, const encoded_list& args);
  void eval(const script& s, std::initializer_list<std::string_view> keys,
            std::initializer_list<std::string_view> args);

  std::size_t size() const noexcept { return entries_.size(); }
  bool empty() const noexcept { return entries_.empty(); }
  std::string_view bytes() const noexcept { return bytes_; }
  key_place place(std::size_t position) const noexcept { return entries_[position].place; }
  // Its answers are believed without asking: what comes of them is written by a command that asks.
  void believe() noexcept {
    for (entry& e : entries_) e.place = nowhere;
  }
  void clear() noexcept;
  void reserve(std::size_t commands, std::size_t bytes);

  // For NOSCRIPT: the script of the n-th command, or null.
  const script* script_of(std::size_t position) const noexcept { return entries_[position].code; }
  // Appends the n-th command, an EVALSHA, to `into`: as EVAL with the source, or as it is.
  void repeat_with_source(std::size_t position, pipeline& into) const;
  void repeat(std::size_t position, pipeline& into) const;

 private:
  struct entry {
    std::size_t offset;  // of the array's header
    std::size_t keys;    // of the count of keys: what EVAL and EVALSHA have in common
    std::size_t count;   // elements of the array
    const script* code;
    key_place place = nowhere;
  };

  void begin(std::size_t count, const script* code);
  void begin_eval(const script& s, text_list keys, std::size_t args);
  void append_argument(std::string_view bytes, bool first) {
    if (first) entries_.back().place = place_of_key(bytes);
    append_bulk(bytes_, bytes);
  }
  template <number_argument T>
  void append_argument(T value, bool) {
    append_bulk(bytes_, decimal{value}.view());
  }
  std::size_t end_of(std::size_t position) const noexcept;

  std::string bytes_;
  std::vector<entry> entries_;
};

}  // namespace paperboy::redis
