#include "tests/adapters/http/documented.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace paperboy::http::testing {
namespace {

// Every media type object below `v` that has both a schema and an example.
void check_examples(const boost::json::value& v, const std::string& place) {
  if (const auto* object = v.if_object()) {
    const auto* schema = object->if_contains("schema");
    const auto* example = object->if_contains("example");
    if (schema != nullptr && example != nullptr) {
      EXPECT_EQ(fault_by_schema(*example, *schema), "") << place;
    }
    for (const auto& [key, value] : *object) check_examples(value, place + "/" + std::string(key));
  } else if (const auto* array = v.if_array()) {
    for (const auto& value : *array) check_examples(value, place);
  }
}

TEST(the_document, has_examples_that_fit_their_schemas) {
  // Ellipses stand for what has a pattern of its own.
  check_examples(openapi().at("paths"), "");
}

TEST(a_schema, refuses_what_it_does_not_say) {
  const auto fault = [](const char* value, const char* schema) {
    return fault_by_schema(boost::json::parse(value), boost::json::parse(schema));
  };
  EXPECT_EQ(fault("1", R"({"type":"integer","minimum":1})"), "");
  EXPECT_NE(fault("0", R"({"type":"integer","minimum":1})"), "");
  EXPECT_NE(fault("1.5", R"({"type":"integer"})"), "");
  EXPECT_NE(fault(R"("abc")", R"({"pattern":"^[0-9]+$"})"), "");
  EXPECT_NE(fault(R"({"a":1})", R"({"properties":{},"additionalProperties":false})"), "");
  EXPECT_NE(fault(R"({})", R"({"required":["a"]})"), "");
  EXPECT_NE(fault("[1,2]", R"({"maxItems":1})"), "");
  EXPECT_EQ(fault("null", R"({"oneOf":[{"type":"null"},{"type":"string"}]})"), "");
  EXPECT_NE(fault("7", R"({"oneOf":[{"type":"null"},{"type":"string"}]})"), "");
  EXPECT_NE(fault(R"("x")", R"({"enum":["a","b"]})"), "");
  EXPECT_NE(fault(R"("x")", R"({"$ref":"#/components/schemas/Frequency"})"), "");
}

}  // namespace
}  // namespace paperboy::http::testing
