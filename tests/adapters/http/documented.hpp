#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace paperboy::http::testing {

// The served OpenAPI document, parsed.
const boost::json::value& openapi();

// What keeps `value` from being what a schema of the document says, in one line with its place;
// empty if nothing does. Knows the keywords of JSON Schema that the document uses, but for formats.
std::string fault_by_schema(const boost::json::value& value, const boost::json::value& schema,
                            const std::string& place = {});

// What keeps an exchange from being what the document says of the operation: a status that is not
// listed, an answer that is not of its schema, or a body that was taken though its schema refuses it.
std::string fault_by_document(std::string_view operation, unsigned status,
                              std::string_view content_type, const std::string& answer,
                              const std::string& sent);

}  // namespace paperboy::http::testing
