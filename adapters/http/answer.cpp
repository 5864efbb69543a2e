#include "adapters/http/answer.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "adapters/http/field.hpp"
#include "adapters/http/problem.hpp"

namespace paperboy::http {
namespace {

void append_number(std::string& out, std::size_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
}

// RFC 9110 section 8.6: no Content-Length in a 204.
bool has_content(unsigned status) noexcept {
  return status != 204 && status != 304;
}

}  // namespace

answer& answer::set(std::string_view name, std::string value) {
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_field_name_char) ||
      !std::all_of(value.begin(), value.end(), is_field_value_char)) {
    throw std::invalid_argument("a header name or value with a character that HTTP forbids");
  }
  constexpr std::size_t usual_headers = 3;
  if (headers_.empty()) headers_.reserve(usual_headers);
  headers_.emplace_back(name, std::move(value));
  return *this;
}

std::string_view answer::header(std::string_view name) const noexcept {
  for (const auto& [known, value] : headers_) {
    if (equal_ignoring_case(known, name)) return value;
  }
  return {};
}

void write_message(const answer& a, const answer_frame& frame, std::string& out) {
  out.reserve(out.size() + a.body().size() + 320);
  out += "HTTP/1.1 ";
  append_number(out, a.status());
  out += ' ';
  out += reason_phrase(a.status());
  out += "\r\nDate: ";
  out += frame.date;
  out += "\r\nX-Request-Id: ";
  out += frame.request_id;
  if (frame.close) out += "\r\nConnection: close";
  if (!a.content_type().empty()) {
    out += "\r\nContent-Type: ";
    out += a.content_type();
    out += "\r\nX-Content-Type-Options: nosniff";
  }
  if (a.header("Cache-Control").empty()) out += "\r\nCache-Control: no-store";
  if (frame.secure) out += "\r\nStrict-Transport-Security: max-age=63072000";
  for (const auto& [name, value] : a.headers()) {
    out += "\r\n";
    out += name;
    out += ": ";
    out += value;
  }
  if (has_content(a.status())) {
    out += "\r\nContent-Length: ";
    append_number(out, a.body().size());
  }
  out += "\r\n\r\n";
  if (!frame.head_only && has_content(a.status())) out += a.body();
}

}  // namespace paperboy::http
