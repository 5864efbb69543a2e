#include "adapters/http/object_reader.hpp"

#include <algorithm>
#include <boost/json/value.hpp>

#include "core/domain/json_pointer.hpp"

namespace paperboy::http {
namespace {

namespace json = boost::json;

std::string_view as_view(json::string_view s) noexcept {
  return {s.data(), s.size()};
}

std::string_view as_view(const json::string& s) noexcept {
  return {s.data(), s.size()};
}

}  // namespace

object_reader::object_reader(const json::value& value, std::vector<field_error>& errors,
                             std::string pointer)
    : object_(value.if_object()), errors_(&errors), pointer_(std::move(pointer)) {
  constexpr std::size_t usual_members = 12;
  asked_.reserve(usual_members);
  if (object_ == nullptr) wrong_type({}, "an object");
}

std::size_t object_reader::size() const noexcept {
  return object_ == nullptr ? 0 : object_->size();
}

void object_reader::fail(std::string_view name, std::string_view code, std::string_view detail) {
  if (errors_->size() >= collected_errors_limit) return;
  errors_->push_back({name.empty() ? pointer_ : pointer_ + pointer_token(name), std::string(code),
                      std::string(detail)});
}

void object_reader::wrong_type(std::string_view name, std::string_view wanted) {
  fail(name, "wrong-type", "This is to be " + std::string(wanted) + ".");
}

const json::value* object_reader::find(std::string_view name) {
  asked_.push_back(name);
  return object_ == nullptr ? nullptr : object_->if_contains({name.data(), name.size()});
}

const json::value* object_reader::require(std::string_view name) {
  const json::value* const v = find(name);
  if (v == nullptr && object_ != nullptr) fail(name, "required", "This is required.");
  return v;
}

bool object_reader::has(std::string_view name) {
  return find(name) != nullptr;
}

bool object_reader::is_null(std::string_view name) {
  const json::value* const v = find(name);
  return v != nullptr && v->is_null();
}

std::optional<std::string_view> object_reader::optional_string(std::string_view name) {
  const json::value* const v = find(name);
  if (v == nullptr) return std::nullopt;
  if (const auto* s = v->if_string()) return as_view(*s);
  wrong_type(name, "a string");
  return std::nullopt;
}

std::string_view object_reader::required_string(std::string_view name) {
  return require(name) == nullptr ? std::string_view{}
                                  : optional_string(name).value_or(std::string_view{});
}

std::optional<std::int64_t> object_reader::optional_int(std::string_view name, std::int64_t least,
                                                        std::int64_t most) {
  const json::value* const v = find(name);
  if (v == nullptr) return std::nullopt;
  if (!v->is_number()) {
    wrong_type(name, "an integer");
    return std::nullopt;
  }
  // `1.0`, `-0` and what exceeds 64 bits are no integers, though they are numbers.
  const auto* i = v->if_int64();
  if (i != nullptr && *i >= least && *i <= most) return *i;
  fail(name, "out-of-range",
       "This is to be an integer from " + std::to_string(least) + " to " + std::to_string(most) +
           ".");
  return std::nullopt;
}

std::int64_t object_reader::required_int(std::string_view name, std::int64_t least,
                                         std::int64_t most) {
  return require(name) == nullptr ? least : optional_int(name, least, most).value_or(least);
}

std::optional<bool> object_reader::optional_bool(std::string_view name) {
  const json::value* const v = find(name);
  if (v == nullptr) return std::nullopt;
  if (const auto* b = v->if_bool()) return *b;
  wrong_type(name, "true or false");
  return std::nullopt;
}

bool object_reader::required_bool(std::string_view name) {
  return require(name) != nullptr && optional_bool(name).value_or(false);
}

std::optional<std::vector<std::string_view>> object_reader::optional_strings(std::string_view name,
                                                                             std::size_t most) {
  const json::value* const v = find(name);
  if (v == nullptr) return std::nullopt;
  const auto* array = v->if_array();
  if (array == nullptr) {
    wrong_type(name, "an array of strings");
    return std::nullopt;
  }
  if (array->size() > most) {
    fail(name, "too-many", "This has at most " + std::to_string(most) + " entries.");
    return std::nullopt;
  }
  std::vector<std::string_view> strings;
  strings.reserve(array->size());
  for (std::size_t i = 0; i < array->size(); ++i) {
    if (const auto* s = (*array)[i].if_string()) {
      strings.push_back(as_view(*s));
    } else if (errors_->size() < collected_errors_limit) {
      errors_->push_back({pointer_ + pointer_token(name) + "/" + std::to_string(i), "wrong-type",
                          "This is to be a string."});
    }
  }
  return strings;
}

std::vector<std::string_view> object_reader::required_strings(std::string_view name,
                                                              std::size_t most) {
  if (require(name) == nullptr) return {};
  return optional_strings(name, most).value_or(std::vector<std::string_view>{});
}

std::optional<object_reader> object_reader::optional_object(std::string_view name) {
  const json::value* const v = find(name);
  if (v == nullptr) return std::nullopt;
  object_reader inner(*v, *errors_, pointer_ + pointer_token(name));
  if (!inner.is_object()) return std::nullopt;
  return inner;
}

std::optional<object_reader> object_reader::required_object(std::string_view name) {
  if (require(name) == nullptr) return std::nullopt;
  return optional_object(name);
}

void object_reader::each_string(
    const std::function<void(std::string_view, std::optional<std::string_view>)>& visit) {
  all_asked_ = true;
  if (object_ == nullptr) return;
  for (const auto& member : *object_) {
    const auto key = as_view(member.key());
    if (member.value().is_null()) {
      visit(key, std::nullopt);
    } else if (const auto* s = member.value().if_string()) {
      visit(key, as_view(*s));
    } else {
      wrong_type(key, "a string");
    }
  }
}

void object_reader::unknown_fields() {
  if (object_ == nullptr || all_asked_) return;
  for (const auto& member : *object_) {
    const auto key = as_view(member.key());
    if (std::find(asked_.begin(), asked_.end(), key) != asked_.end()) continue;
    fail(key, "unknown-field", "There is no such field here.");
  }
}

}  // namespace paperboy::http
