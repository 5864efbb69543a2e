#include "adapters/redis/command.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

namespace paperboy::redis {
namespace {

constexpr std::size_t longest_line = 24;
// Of most pipelines, with the question behind them.
constexpr std::size_t usual_commands = 4;
constexpr std::size_t usual_size = 256;

// Writes "<type><number>\r\n" and returns its end.
char* write_line(char* to, char type, std::size_t number) {
  *to++ = type;
  if (number < 10) {
    *to++ = static_cast<char>('0' + number);
  } else {
    to = std::to_chars(to, to + longest_line - 3, number).ptr;
  }
  *to++ = '\r';
  *to++ = '\n';
  return to;
}

// Not std::string's append for iterators, which takes the way of replace().
void append(std::string& out, const char* begin, const char* end) {
  out.append(begin, static_cast<std::size_t>(end - begin));
}

}  // namespace

void append_array_header(std::string& out, std::size_t count) {
  std::array<char, longest_line> line;
  append(out, line.data(), write_line(line.data(), '*', count));
}

void append_bulk(std::string& out, std::string_view bytes) {
  std::array<char, 2 * longest_line> text;
  char* end = write_line(text.data(), '$', bytes.size());
  // Most arguments are short: one append instead of three.
  if (bytes.size() <= longest_line - 2) {
    end = std::copy(bytes.begin(), bytes.end(), end);
    *end++ = '\r';
    *end++ = '\n';
    append(out, text.data(), end);
    return;
  }
  append(out, text.data(), end);
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

script::script(std::string_view name, std::string_view source, bool checks_its_place)
    : name_(name), source_(source), checks_its_place_(checks_its_place) {
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
  if (entries_.empty()) reserve(usual_commands, usual_size);
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

void pipeline::begin_eval(const script& s, text_list keys, std::size_t args) {
  begin(3 + keys.size() + args, &s);
  append_bulk(bytes_, "EVALSHA");
  append_bulk(bytes_, s.sha1());
  entries_.back().keys = bytes_.size();
  if (!keys.empty() && !s.checks_its_place()) entries_.back().place = place_of_key(keys.front());
  append_bulk(bytes_, decimal{keys.size()}.view());
  for (const std::string_view key : keys) append_bulk(bytes_, key);
}

void pipeline::eval(const script& s, text_list keys, text_list args) {
  begin_eval(s, keys, args.size());
  for (const std::string_view text : args) append_bulk(bytes_, text);
}

void pipeline::eval(const script& s, text_list keys, const encoded_list& args) {
  begin_eval(s, keys, args.count());
  bytes_.append(args.bytes());
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
  if (entries_.capacity() < commands) entries_.reserve(commands);
  if (bytes_.capacity() < bytes) bytes_.reserve(bytes);
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
