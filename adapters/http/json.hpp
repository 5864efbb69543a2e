#pragma once

#include <boost/json/fwd.hpp>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "adapters/http/problem.hpp"

namespace paperboy::http {

inline constexpr std::size_t json_depth_limit = 8;  // arrays and objects within each other

// A parsed body and the memory it stands in. Strict RFC 8259: UTF-8 without a byte order mark, no
// extensions, no key twice in an object, nothing nested deeper than json_depth_limit.
class json_document {
 public:
  json_document();
  ~json_document();
  json_document(const json_document&) = delete;
  json_document& operator=(const json_document&) = delete;

  // Reads one text; the one before is gone. A problem says why it cannot be used: 400 empty-body,
  // invalid-utf8, invalid-json (both with the byte's offset from 0) or too-deep; 422 duplicate-key,
  // null-character or out-of-range (a number that no double holds), with a pointer.
  std::optional<problem> read(std::string_view text);

  // After read() found nothing wrong. A `-0` is a double here, so that it passes for no integer.
  const boost::json::value& root() const noexcept;

 private:
  struct impl;
  // The last one's memory, for the next one of this thread: it is too large to be had cheaply.
  static thread_local std::unique_ptr<impl> spare_;

  std::unique_ptr<impl> impl_;
};

inline constexpr std::size_t ndjson_line_limit = 10'000;

// The lines of an NDJSON body, blank ones left out. 422 empty-body without any, 413 body-too-large
// with more than `line_limit`.
std::variant<std::vector<std::string_view>, problem> split_ndjson(
    std::string_view body, std::size_t line_limit = ndjson_line_limit);

}  // namespace paperboy::http
