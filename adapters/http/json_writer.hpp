#pragma once

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

  json_writer& value(std::string_view text);
  json_writer& value(const char* text) { return value(std::string_view(text)); }
  json_writer& value(std::int64_t number);
  json_writer& value(std::uint64_t number);
  json_writer& value(int number) { return value(std::int64_t{number}); }
  json_writer& value(unsigned number) { return value(std::uint64_t{number}); }
  json_writer& value(bool truth);
  json_writer& null();
  json_writer& raw(std::string_view json);  // one whole value, already JSON

  template <class Value>
  json_writer& member(std::string_view name, const Value& v) {
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
