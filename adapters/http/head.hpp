#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "adapters/http/problem.hpp"

namespace paperboy::http {

inline constexpr std::size_t head_limit = 8 * 1024;    // request line, fields and the empty line
inline constexpr std::size_t target_limit = 2 * 1024;  // bytes of the request target
inline constexpr std::size_t field_limit = 64;

enum class method : std::uint8_t {
  get,
  head,
  post,
  put,
  patch,
  remove,
  options,
  trace,
  connect,  // known, and allowed nowhere
};

std::string_view to_text(method m) noexcept;

// What the Expect field asks for (RFC 9110 section 10.1.1).
enum class expectation : std::uint8_t { nothing, go_ahead, unknown };

struct field {
  std::string_view name;
  std::string_view value;
};

// A request's head as it stands in the connection's buffer: views into that buffer.
struct head {
  http::method method = http::method::get;
  unsigned minor_version = 1;  // of HTTP/1
  std::string_view target;
  std::string_view host;
  std::array<field, field_limit> fields;
  std::size_t field_count = 0;
  std::size_t size = 0;  // bytes, with the empty line

  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;
  expectation expects = expectation::nothing;

  const field* begin() const noexcept { return fields.data(); }
  const field* end() const noexcept { return fields.data() + field_count; }
  std::string_view find(std::string_view name) const noexcept;  // the first; empty if none
  std::size_t count(std::string_view name) const noexcept;
  bool has_body() const noexcept { return chunked || content_length.value_or(0) > 0; }
};

// Reads a head as it arrives, and refuses everything in which two readers could see two different
// messages (RFC 9112 sections 2.2, 3, 5 and 6; RFC 9110 section 5.5): bare LF or CR, folded lines,
// blanks before a colon, control characters, `_` in a name, more than one Host or Content-Length,
// Content-Length with Transfer-Encoding, any coding but exactly `chunked`. What can be refused
// before the head is complete is refused then: a line ending, the request line, the limits.
class head_reader {
 public:
  enum class progress : std::uint8_t { more, complete, refused };

  void reset() noexcept { *this = head_reader(); }

  // `buffer` starts at the request's first byte and holds all that has arrived since reset(); it
  // may have moved between calls. After `complete`, `out` refers to it.
  progress read(std::string_view buffer, head& out);

  // After `refused`. Every refusal of a head ends the connection.
  const problem& refusal() const noexcept { return refusal_; }

 private:
  progress refuse(unsigned status, std::string_view slug, std::string_view detail);
  progress refuse_syntax(std::string_view detail) { return refuse(400, "bad-request", detail); }
  progress line_ended(std::string_view buffer, std::size_t line_feed, head& out);
  progress check_unfinished(std::string_view buffer);
  progress read_request_line(std::string_view line, head& out);
  progress read_fields(std::string_view block, head& out);
  progress read_framing(const field& f, head& out);
  progress finish(head& out);

  std::size_t line_start_ = 0;
  std::size_t scanned_ = 0;
  std::size_t fields_start_ = 0;  // 0: the request line has not ended yet
  std::size_t lines_ = 0;         // ended field lines
  problem refusal_{};
};

}  // namespace paperboy::http
