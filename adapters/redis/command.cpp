#include "adapters/redis/command.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace paperboy::redis {
namespace {

template <class List>
void append_lists(std::string& out, const List& keys, const List& args) {
  append_bulk(out, decimal{keys.size()}.view());
  for (const std::string_view key : keys) append_bulk(out, key);
  for (const std::string_view text : args) append_bulk(out, text);
}

void append_line(std::string& out, char type, std::size_t number) {
  std::array<char, 24> line;
  line[0] = type;
  char* end = std::to_chars(line.data() + 1, line.data() + 22, number).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out.append(line.data(), end);
}

}  // namespace

void append_array_header(std::string& out, std::size_t count) {
  append_line(out, '*', count);
}

void append_bulk(std::string& out, std::string_view bytes) {
  append_line(out, '$', bytes.size());
  out.append(bytes);
  out.append("\r\n", 2);
}

std::string_view command::encoded() {
  std::string header;
  append_array_header(header, count_);
  const std::size_t start = header_room - header.size();
  bytes_.replace(start, header.size(), header);
  return std::string_view{bytes_}.substr(start);
}

std::string_view command::encoded_with(std::string_view next) {
  bytes_.append(next);
  return encoded();
}

script::script(std::string_view name, std::string_view source) : name_(name), source_(source) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  if (EVP_Digest(source.data(), source.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1 ||
      size * 2 != sha1_.size()) {
    throw std::runtime_error{"OpenSSL computes no SHA-1, which Redis names its scripts by"};
  }
  constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t i = 0; i < size; ++i) {
    sha1_[2 * i] = digits[digest[i] >> 4];
    sha1_[2 * i + 1] = digits[digest[i] & 15];
  }
}

void pipeline::begin(std::size_t count, const script* code) {
  entries_.push_back({bytes_.size(), 0, count, code, nowhere});
  append_array_header(bytes_, count);
}

void pipeline::add(command c) {
  entries_.push_back({bytes_.size(), 0, c.count(), nullptr, c.place()});
  bytes_.append(c.encoded());
}

void pipeline::add_encoded(std::string_view whole_command) {
  entries_.push_back({bytes_.size(), 0, 0, nullptr, nowhere});
  bytes_.append(whole_command);
}

void pipeline::eval(const script& s, text_list keys, text_list args) {
  begin(3 + keys.size() + args.size(), &s);
  append_bulk(bytes_, "EVALSHA");
  append_bulk(bytes_, s.sha1());
  entries_.back().keys = bytes_.size();
  if (!keys.empty()) entries_.back().place = place_of_key(keys.front());
  append_lists(bytes_, keys, args);
}

void pipeline::eval(const script& s, std::initializer_list<std::string_view> keys,
                    std::initializer_list<std::string_view> args) {
  eval(s, text_list{keys.begin(), keys.size()}, text_list{args.begin(), args.size()});
}

void pipeline::clear() noexcept {
  bytes_.clear();
  entries_.clear();
}

void pipeline::reserve(std::size_t commands, std::size_t bytes) {
  entries_.reserve(commands);
  bytes_.reserve(bytes);
}

std::size_t pipeline::end_of(std::size_t position) const noexcept {
  return position + 1 < entries_.size() ? entries_[position + 1].offset : bytes_.size();
}

void pipeline::repeat_with_source(std::size_t position, pipeline& into) const {
  const entry& from = entries_[position];
  into.begin(from.count, from.code);
  into.entries_.back().place = from.place;
  append_bulk(into.bytes_, "EVAL");
  append_bulk(into.bytes_, from.code->source());
  into.entries_.back().keys = into.bytes_.size();
  into.bytes_.append(bytes_, from.keys, end_of(position) - from.keys);
}

void pipeline::repeat(std::size_t position, pipeline& into) const {
  const entry& from = entries_[position];
  into.entries_.push_back({into.bytes_.size(), 0, from.count, from.code, from.place});
  into.entries_.back().keys = into.bytes_.size() + (from.keys - from.offset);
  into.bytes_.append(bytes_, from.offset, end_of(position) - from.offset);
}

}  // namespace paperboy::redis
