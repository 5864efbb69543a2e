#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/domain/field_error.hpp"

namespace paperboy::http {

// At most this many errors are collected of one body; the rest goes unsaid.
inline constexpr std::size_t collected_errors_limit = 32;

// Reads the members of one JSON object by name and type, and collects what does not hold, each with
// its pointer, so that one answer names everything. A getter that found an error returns nothing
// (or an empty value); whoever uses what was read looks at `errors` first. Views stay valid as long as
// the document.
class object_reader {
 public:
  // A `value` that is no object is an error itself; nothing is then missing.
  object_reader(const boost::json::value& value, std::vector<field_error>& errors,
                std::string pointer = {});

  bool is_object() const noexcept { return object_ != nullptr; }
  std::size_t size() const noexcept;
  bool has(std::string_view name);      // whatever its value
  bool is_null(std::string_view name);  // there, and null: in a merge patch, "reset"

  std::string_view required_string(std::string_view name);
  std::int64_t required_int(std::string_view name, std::int64_t least, std::int64_t most);
  bool required_bool(std::string_view name);

  // Nothing: not there. Null is of the wrong type: ask is_null() first where it means something.
  std::optional<std::string_view> optional_string(std::string_view name);
  std::optional<std::int64_t> optional_int(std::string_view name, std::int64_t least,
                                           std::int64_t most);
  std::optional<bool> optional_bool(std::string_view name);
  std::optional<std::vector<std::string_view>> optional_strings(std::string_view name,
                                                                std::size_t most);
  std::vector<std::string_view> required_strings(std::string_view name, std::size_t most);
  std::optional<object_reader> optional_object(std::string_view name);
  std::optional<object_reader> required_object(std::string_view name);

  // For objects whose keys are data: visits every member. A value is a string, or null (nothing).
  void each_string(const std::function<void(std::string_view key,
                                            std::optional<std::string_view> value)>& visit);

  // Every member that nobody asked for is an error. Call it last.
  void unknown_fields();

  // Something is wrong with the member `name`, or, without one, with the object.
  void fail(std::string_view name, std::string_view code, std::string_view detail);
  const std::string& pointer() const noexcept { return pointer_; }

 private:
  const boost::json::value* find(std::string_view name);
  const boost::json::value* require(std::string_view name);
  void wrong_type(std::string_view name, std::string_view wanted);

  const boost::json::object* object_ = nullptr;
  std::vector<field_error>* errors_;
  std::string pointer_;
  std::vector<std::string_view> asked_;
  bool all_asked_ = false;
};

}  // namespace paperboy::http
