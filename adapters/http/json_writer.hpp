#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace paperboy::http {

// Writes one JSON text front to back into a string; commas are put where they belong. Texts
// are valid UTF-8. Nothing is checked: keys and closings are the caller's to match.
class json_writer {
 public:
  explicit json_writer(std::string& out) : out_(out) {}

  json_writer& begin_object() { return open('{'); }
  json_writer& end_object() { return close('}'); }
  json_writer& begin_array() { return open('['); }
  json_writer& end_array() { return close(']'); }
  json_writer& key(std::string_view name);
  // A literal is one of ours: it has nothing that would need an escape.
  template <std::size_t Size>
  json_writer& key(const char (&literal)[Size]) {
    char text[Size + 3];  // ,"literal":
    text[0] = ',';
    text[1] = '"';
    std::copy_n(literal, Size - 1, text + 2);
    text[Size + 1] = '"';
    text[Size + 2] = ':';
    const std::size_t from = first_ ? 1 : 0;
    out_.append(text + from, Size + 3 - from);
    first_ = true;
    return *this;
  }

  json_writer& value(std::string_view text);
  json_writer& value(const char* text) { return value(std::string_view(text)); }
  json_writer& value(std::int64_t number);
  json_writer& value(std::uint64_t number);
  json_writer& value(int number) { return value(std::int64_t{number}); }
  json_writer& value(unsigned number) { return value(std::uint64_t{number}); }
  json_writer& value(bool truth);
  json_writer& null();
  json_writer& raw(std::string_view json);  // one whole value, already JSON

  template <class Name, class Value>
  json_writer& member(const Name& name, const Value& v) {
    return key(name).value(v);
  }

 private:
  json_writer& open(char bracket);
  json_writer& close(char bracket);
  void separate();

  std::string& out_;
  bool first_ = true;
};

}  // namespace paperboy::http
