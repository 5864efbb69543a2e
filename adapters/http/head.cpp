#include "adapters/http/head.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "adapters/http/field.hpp"

namespace paperboy::http {
namespace {

constexpr std::size_t method_limit = 32;
constexpr std::string_view version_prefix = "HTTP/1.";
constexpr std::size_t host_limit = 255;

constexpr std::array<std::pair<std::string_view, method>, 9> methods{{
    {"GET", method::get},
    {"POST", method::post},
    {"PUT", method::put},
    {"PATCH", method::patch},
    {"DELETE", method::remove},
    {"HEAD", method::head},
    {"OPTIONS", method::options},
    {"TRACE", method::trace},
    {"CONNECT", method::connect},
}};

constexpr bool is_target_char(char c) noexcept {
  return c > 0x20 && c < 0x7f && c != '#';
}

constexpr bool is_host_char(char c) noexcept {
  return is_alpha(c) || is_digit(c) || c == '.' || c == '-' || c == '_' || c == ':' || c == '[' ||
         c == ']';
}

// uri-host [":" port] of RFC 9110 section 7.2, names and addresses only.
bool valid_host(std::string_view host) noexcept {
  if (host.empty() || host.size() > host_limit) return false;
  if (!std::all_of(host.begin(), host.end(), is_host_char)) return false;
  const auto after_address = host.front() == '[' ? host.find(']') : 0;
  if (after_address == std::string_view::npos) return false;
  const auto colon = host.find(':', after_address);
  if (colon == 0) return false;
  if (colon == std::string_view::npos) return true;
  const auto port = host.substr(colon + 1);
  return port.size() <= 5 && std::all_of(port.begin(), port.end(), is_digit);
}

}  // namespace

std::string_view to_text(method m) noexcept {
  for (const auto& [name, known] : methods) {
    if (known == m) return name;
  }
  return "GET";
}

std::string_view head::find(std::string_view name) const noexcept {
  for (const field& f : *this) {
    if (equal_ignoring_case(f.name, name)) return f.value;
  }
  return {};
}

std::size_t head::count(std::string_view name) const noexcept {
  return static_cast<std::size_t>(std::count_if(
      begin(), end(), [name](const field& f) { return equal_ignoring_case(f.name, name); }));
}

head_reader::progress head_reader::refuse(unsigned status, std::string_view slug,
                                          std::string_view detail) {
  refusal_ = {status, std::string(slug), std::string(detail), {}};
  return progress::refused;
}

head_reader::progress head_reader::read(std::string_view buffer, head& out) {
  for (;;) {
    const auto line_feed = buffer.find('\n', scanned_);
    if (line_feed == std::string_view::npos) {
      scanned_ = buffer.size();
      return check_unfinished(buffer);
    }
    scanned_ = line_feed + 1;
    const progress p = line_ended(buffer, line_feed, out);
    if (p != progress::more) return p;
  }
}

head_reader::progress head_reader::line_ended(std::string_view buffer, std::size_t line_feed,
                                              head& out) {
  if (line_feed == line_start_ || buffer[line_feed - 1] != '\r') {
    return refuse_syntax("Every line of a request's head ends with CR LF.");
  }
  const auto line = buffer.substr(line_start_, line_feed - 1 - line_start_);
  const std::size_t start = std::exchange(line_start_, line_feed + 1);
  if (line_start_ > head_limit) return check_unfinished(buffer);
  if (fields_start_ == 0) {
    // RFC 9112 section 2.2: one empty line before a request is forgiven.
    if (line.empty() && start == 0) return progress::more;
    fields_start_ = line_start_;
    return read_request_line(line, out);
  }
  if (!line.empty()) {
    if (++lines_ <= field_limit) return progress::more;
    return refuse(431, "too-many-fields", "A request has at most 64 header fields.");
  }
  // The request line is read again: the buffer may have moved since it ended.
  const auto first = buffer.starts_with("\r\n") ? 2U : 0U;
  read_request_line(buffer.substr(first, fields_start_ - 2 - first), out);
  out.size = line_start_;
  return read_fields(buffer.substr(fields_start_, start - fields_start_), out);
}

head_reader::progress head_reader::check_unfinished(std::string_view buffer) {
  if (fields_start_ == 0) {
    const auto line = buffer.substr(line_start_);
    const auto space = line.substr(0, method_limit + 1).find(' ');
    if (space == std::string_view::npos) {
      return line.size() > method_limit ? refuse_syntax("This is not an HTTP/1.1 request line.")
                                        : progress::more;
    }
    const auto target = line.substr(space + 1);
    if (std::min(target.find(' '), target.size()) > target_limit) {
      return refuse(414, "target-too-long", "A request target has at most 2048 bytes.");
    }
  }
  if (buffer.size() >= head_limit) {
    return refuse(431, "head-too-large", "A request's head has at most 8192 bytes.");
  }
  return progress::more;
}

head_reader::progress head_reader::read_request_line(std::string_view line, head& out) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || first == 0 || first > method_limit) {
    return refuse_syntax("This is not an HTTP/1.1 request line.");
  }
  const auto name = line.substr(0, first);
  const auto version = line.substr(last + 1);
  out.target = line.substr(first + 1, last - first - 1);
  if (!std::all_of(name.begin(), name.end(), is_token_char)) {
    return refuse_syntax("The method is not a token.");
  }
  if (out.target.size() > target_limit) {
    return refuse(414, "target-too-long", "A request target has at most 2048 bytes.");
  }
  if (version.size() != 8 || !version.starts_with("HTTP/") || !is_digit(version[5]) ||
      version[6] != '.' || !is_digit(version[7])) {
    return refuse_syntax("This is not an HTTP/1.1 request line.");
  }
  if (!version.starts_with(version_prefix)) {
    return refuse(505, "version-not-supported", "This server speaks HTTP/1.1.");
  }
  out.minor_version = version[7] == '0' ? 0 : 1;
  if (out.target.empty() || !std::all_of(out.target.begin(), out.target.end(), is_target_char)) {
    return refuse_syntax("The request target has a character that is not allowed there.");
  }
  for (const auto& [known, m] : methods) {
    if (known == name) {
      out.method = m;
      return progress::more;
    }
  }
  return refuse(501, "unknown-method", "This server does not know the method.");
}

head_reader::progress head_reader::read_fields(std::string_view block, head& out) {
  out.field_count = 0;
  out.host = {};
  out.content_length.reset();
  out.chunked = false;
  out.keep_alive = out.minor_version > 0;
  out.expects = expectation::nothing;
  while (!block.empty()) {
    const auto end = block.find("\r\n");
    const auto line = block.substr(0, end);
    block.remove_prefix(end + 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) {
      return refuse_syntax("A header line is a name, a colon and a value.");
    }
    const field f{line.substr(0, colon), trimmed(line.substr(colon + 1))};
    if (!std::all_of(f.name.begin(), f.name.end(), is_field_name_char)) {
      return refuse_syntax(
          "A header name has a character that is not allowed there (`_`, a blank or another).");
    }
    if (!std::all_of(f.value.begin(), f.value.end(), is_field_value_char)) {
      return refuse_syntax("A header value has a control character.");
    }
    if (const progress p = read_framing(f, out); p != progress::more) return p;
    out.fields[out.field_count++] = f;
  }
  return finish(out);
}

head_reader::progress head_reader::read_framing(const field& f, head& out) {
  if (equal_ignoring_case(f.name, "host")) {
    if (!out.host.empty()) return refuse_syntax("A request has one Host field.");
    if (!valid_host(f.value)) return refuse_syntax("Host is a name or an address, and a port.");
    out.host = f.value;
  } else if (equal_ignoring_case(f.name, "content-length")) {
    std::uint64_t length = 0;
    const char* const end = f.value.data() + f.value.size();
    const auto read = std::from_chars(f.value.data(), end, length);
    if (out.content_length || f.value.empty() || f.value.size() > 18 || read.ptr != end ||
        read.ec != std::errc{}) {
      return refuse_syntax("A request has one Content-Length, in decimal digits.");
    }
    out.content_length = length;
  } else if (equal_ignoring_case(f.name, "transfer-encoding")) {
    if (out.chunked || !equal_ignoring_case(f.value, "chunked")) {
      return refuse_syntax("The only Transfer-Encoding here is `chunked`.");
    }
    out.chunked = true;
  } else if (equal_ignoring_case(f.name, "connection")) {
    for_each_element(f.value, [&out](std::string_view option) {
      if (equal_ignoring_case(option, "close")) out.keep_alive = false;
    });
  } else if (equal_ignoring_case(f.name, "expect")) {
    const bool known = equal_ignoring_case(f.value, "100-continue");
    if (!known) {
      out.expects = expectation::unknown;
    } else if (out.expects == expectation::nothing && out.minor_version > 0) {
      out.expects = expectation::go_ahead;
    }
  }
  return progress::more;
}

head_reader::progress head_reader::finish(head& out) {
  if (out.host.empty() && out.minor_version > 0) {
    return refuse_syntax("An HTTP/1.1 request has a Host field.");
  }
  if (out.chunked && out.content_length) {
    return refuse_syntax("A request has Content-Length or Transfer-Encoding, not both.");
  }
  if (out.chunked && out.minor_version == 0) {
    return refuse_syntax("HTTP/1.0 has no Transfer-Encoding.");
  }
  return progress::complete;
}

}  // namespace paperboy::http
