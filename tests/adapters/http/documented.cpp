#include "tests/adapters/http/documented.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <regex>
#include <stdexcept>

#include "adapters/http/operator_handlers.hpp"
#include "core/domain/text.hpp"

namespace paperboy::http::testing {
namespace {

namespace json = boost::json;

const json::value* member(const json::value& v, std::string_view name) {
  const auto* object = v.if_object();
  return object == nullptr ? nullptr : object->if_contains({name.data(), name.size()});
}

const json::value& resolved(const json::value& v) {
  const auto* ref = member(v, "$ref");
  if (ref == nullptr) return v;
  boost::system::error_code error;
  const std::string pointer(ref->as_string().c_str() + 1);  // behind "#"
  const auto* found = openapi().find_pointer(pointer, error);
  if (found == nullptr) throw std::logic_error("leads nowhere: " + pointer);
  return *found;
}

bool is_of_type(const json::value& v, std::string_view type) {
  if (type == "object") return v.is_object();
  if (type == "array") return v.is_array();
  if (type == "string") return v.is_string();
  if (type == "boolean") return v.is_bool();
  if (type == "null") return v.is_null();
  if (type == "integer") return v.is_int64() || v.is_uint64();
  return v.is_number();
}

std::string fault_of_type(const json::value& v, const json::value& type, const std::string& place) {
  const auto fits = [&](const json::value& one) {
    return is_of_type(v, {one.as_string().data(), one.as_string().size()});
  };
  bool right = false;
  if (type.is_string()) {
    right = fits(type);
  } else {
    for (const auto& one : type.as_array()) right = right || fits(one);
  }
  return right ? "" : place + " is not of type " + json::serialize(type);
}

std::string fault_of_object(const json::object& v, const json::value& schema,
                            const std::string& place) {
  if (const auto* required = member(schema, "required")) {
    for (const auto& name : required->as_array()) {
      if (!v.contains(name.as_string())) return place + " lacks " + json::serialize(name);
    }
  }
  const auto* properties = member(schema, "properties");
  const auto* others = member(schema, "additionalProperties");
  const auto* names = member(schema, "propertyNames");
  for (const auto& [key, value] : v) {
    const std::string at = place + "/" + std::string(key);
    std::string fault;
    if (names != nullptr) fault = fault_by_schema(json::value(key), *names, at);
    const auto* known = properties == nullptr ? nullptr : properties->as_object().if_contains(key);
    if (!fault.empty()) return fault;
    if (known != nullptr) {
      fault = fault_by_schema(value, *known, at);
    } else if (others != nullptr && others->is_bool()) {
      if (!others->as_bool()) return at + " is not documented";
    } else if (others != nullptr) {
      fault = fault_by_schema(value, *others, at);
    }
    if (!fault.empty()) return fault;
  }
  return {};
}

std::string fault_of_array(const json::array& v, const json::value& schema,
                           const std::string& place) {
  const auto* least = member(schema, "minItems");
  const auto* most = member(schema, "maxItems");
  const auto size = static_cast<std::int64_t>(v.size());
  if (least != nullptr && size < least->as_int64()) return place + " has too few items";
  if (most != nullptr && size > most->as_int64()) return place + " has too many items";
  const auto* items = member(schema, "items");
  for (std::size_t i = 0; items != nullptr && i < v.size(); ++i) {
    auto fault = fault_by_schema(v[i], *items, place + "/" + std::to_string(i));
    if (!fault.empty()) return fault;
  }
  return {};
}

std::string fault_of_text(const std::string& text, const json::value& schema,
                          const std::string& place) {
  const auto length = static_cast<std::int64_t>(count_code_points(text));
  const auto* least = member(schema, "minLength");
  const auto* most = member(schema, "maxLength");
  const auto* pattern = member(schema, "pattern");
  if (least != nullptr && length < least->as_int64()) return place + " is too short";
  if (most != nullptr && length > most->as_int64()) return place + " is too long";
  if (pattern != nullptr &&
      !std::regex_search(text, std::regex(std::string(pattern->as_string())))) {
    return place + " is not of its pattern";
  }
  return {};
}

std::string fault_of_number(const json::value& v, const json::value& schema,
                            const std::string& place) {
  const auto* least = member(schema, "minimum");
  const auto* most = member(schema, "maximum");
  const auto number = v.to_number<double>();
  if (least != nullptr && number < least->to_number<double>()) return place + " is too small";
  if (most != nullptr && number > most->to_number<double>()) return place + " is too large";
  return {};
}

std::string fault_of_alternatives(const json::value& v, const json::array& all,
                                  const std::string& place) {
  std::size_t fitting = 0;
  std::string faults;
  for (const auto& one : all) {
    const auto fault = fault_by_schema(v, one, place);
    if (fault.empty()) {
      ++fitting;
    } else {
      faults += "; " + fault;
    }
  }
  return fitting == 1 ? "" : place + " fits " + std::to_string(fitting) + " of oneOf" + faults;
}

}  // namespace

const json::value& openapi() {
  static const json::value document = [] {
    const auto text = openapi_text();
    return json::parse({text.data(), text.size()});
  }();
  return document;
}

std::string fault_by_schema(const json::value& value, const json::value& schema_or_ref,
                            const std::string& place) {
  const json::value& schema = resolved(schema_or_ref);
  if (const auto* constant = member(schema, "const"); constant != nullptr && *constant != value) {
    return place + " is not " + json::serialize(*constant);
  }
  if (const auto* choice = member(schema, "enum")) {
    const auto& all = choice->as_array();
    if (std::find(all.begin(), all.end(), value) == all.end()) {
      return place + " is none of " + json::serialize(*choice);
    }
  }
  std::string fault;
  if (const auto* type = member(schema, "type")) fault = fault_of_type(value, *type, place);
  if (!fault.empty()) return fault;
  if (const auto* all = member(schema, "oneOf")) {
    fault = fault_of_alternatives(value, all->as_array(), place);
  }
  if (!fault.empty()) return fault;
  if (value.is_object()) return fault_of_object(value.get_object(), schema, place);
  if (value.is_array()) return fault_of_array(value.get_array(), schema, place);
  if (value.is_string()) {
    return fault_of_text(std::string(value.get_string()), schema, place);
  }
  return value.is_number() ? fault_of_number(value, schema, place) : std::string{};
}

std::string fault_by_document(std::string_view operation, unsigned status,
                              std::string_view content_type, const std::string& answer,
                              const std::string& sent) {
  for (const auto& [path, item] : openapi().at("paths").as_object()) {
    for (const auto& [method, declared] : item.as_object()) {
      const auto* id = member(declared, "operationId");
      if (id == nullptr || id->as_string() != json::string_view(operation.data(), operation.size()))
        continue;
      const auto* listed = declared.at("responses").as_object().if_contains(std::to_string(status));
      if (listed == nullptr) return "answers an undocumented " + std::to_string(status);
      const auto* content = member(resolved(*listed), "content");
      if (content == nullptr) return answer.empty() ? "" : "answers a body that is not documented";
      const auto* of_type = member(*content, content_type);
      if (of_type == nullptr) return "answers an undocumented " + std::string(content_type);
      if (content_type.ends_with("json") && content_type != "application/x-ndjson") {
        const auto fault = fault_by_schema(json::parse(answer), of_type->at("schema"));
        if (!fault.empty()) return "its answer: " + fault;
      }
      const auto* body = member(declared, "requestBody");
      const auto* json_body =
          body == nullptr ? nullptr : member(body->at("content"), "application/json");
      if (status >= 300 || json_body == nullptr) return {};
      const auto fault = fault_by_schema(json::parse(sent), json_body->at("schema"));
      return fault.empty() ? "" : "a body that it took: " + fault;
    }
  }
  return "is not documented";
}

}  // namespace paperboy::http::testing
