#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace paperboy::http {

inline constexpr std::size_t chunk_extension_limit = 1024;  // bytes of one chunk's extensions

// Decodes a chunked body (RFC 9112 section 7.1) with Beast's parser. Extensions and trailer fields
// are read over.
class chunked_body {
 public:
  enum class progress : std::uint8_t { more, complete, malformed, too_large };

  // Appends to `body`, at most `limit` bytes.
  chunked_body(std::string& body, std::size_t limit);
  ~chunked_body();
  chunked_body(const chunked_body&) = delete;
  chunked_body& operator=(const chunked_body&) = delete;

  // Takes from the front of `bytes`; `consumed` says how many. What is left after `more` has to be
  // given again with what follows it.
  progress feed(std::string_view bytes, std::size_t& consumed);

 private:
  class parser;
  std::unique_ptr<parser> parser_;
};

}  // namespace paperboy::http
