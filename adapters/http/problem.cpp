#include "adapters/http/problem.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <cctype>

#include "adapters/http/json_writer.hpp"

namespace paperboy::http {
namespace {

constexpr std::string_view type_prefix = "urn:paperboy:problem:";
constexpr std::size_t detail_limit = 240;   // bytes, of the problem and of each fault
constexpr std::size_t pointer_limit = 120;  // bytes
constexpr std::string_view retry_after_seconds = "1";

// "invalid-json" -> "Invalid JSON".
std::string title_of(std::string_view slug) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> spelt{
      {{"json", "JSON"}, {"utf8", "UTF-8"}, {"http", "HTTP"}, {"tls", "TLS"}}};
  std::string title;
  while (!slug.empty()) {
    const auto dash = slug.find('-');
    std::string_view word = slug.substr(0, dash);
    for (const auto& [slug_word, proper] : spelt) {
      if (word == slug_word) word = proper;
    }
    if (!title.empty()) title += ' ';
    title += word;
    slug = dash == std::string_view::npos ? std::string_view{} : slug.substr(dash + 1);
  }
  if (!title.empty() && title[0] >= 'a' && title[0] <= 'z') {
    title[0] = static_cast<char>(title[0] - 'a' + 'A');
  }
  return title;
}

// At most `limit` bytes, never through the middle of a code point.
std::string_view cut(std::string_view text, std::size_t limit) noexcept {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0U) == 0x80U) --limit;
  return text.substr(0, limit);
}

std::string written(const field_error& f) {
  std::string json;
  json_writer writer(json);
  writer.begin_object()
      .member("pointer", cut(f.pointer, pointer_limit))
      .member("code", std::string_view(f.code))
      .member("detail", cut(f.detail, detail_limit))
      .end_object();
  return json;
}

std::string written(const problem& p) {
  std::string json;
  json_writer writer(json);
  writer.begin_object()
      .member("type", std::string_view(std::string(type_prefix) + p.slug))
      .member("title", std::string_view(title_of(p.slug)))
      .member("status", p.status)
      .member("detail", cut(p.detail, detail_limit));
  if (!p.errors.empty()) {
    // Room for the closing and for `"more":12345}`.
    constexpr std::size_t reserved = 24;
    std::size_t shown = 0;
    writer.key("errors").begin_array();
    for (; shown < p.errors.size(); ++shown) {
      const std::string one = written(p.errors[shown]);
      if (json.size() + one.size() + reserved > problem_size_limit) break;
      writer.raw(one);
    }
    writer.end_array();
    if (shown < p.errors.size()) writer.member("more", std::uint64_t{p.errors.size() - shown});
  }
  writer.end_object();
  return json;
}

struct error_row {
  errc code;
  unsigned status;
  std::string_view slug;
  std::string_view sentence;
};

constexpr std::array<error_row, 11> error_table{{
    {errc::unavailable, 503, "unavailable",
     "The store cannot be reached at the moment. Nothing was changed; send the request again."},
    {errc::timed_out, 503, "unavailable",
     "The store did not answer in time. The change may or may not have been made; repeating this "
     "request is safe."},
    {errc::refused, 500, "internal", "The request could not be carried out. It has been logged."},
    {errc::not_found, 404, "not-found", "There is no such thing here."},
    {errc::conflict, 409, "conflict",
     "Somebody else changed it meanwhile. Read it again and repeat the change."},
    {errc::invalid, 422, "invalid", "The request is well-formed, but what it says cannot be."},
    {errc::overloaded, 503, "overloaded", "A limit of this server is reached. Try again shortly."},
    {errc::closed, 503, "shutting-down", "The server is shutting down. Send the request again."},
    {errc::protocol, 500, "internal", "The request could not be carried out. It has been logged."},
    {errc::shard_regressed, 503, "unavailable",
     "The store lost data that it held before and waits for its operator."},
    {errc::unauthorized, 401, "unauthorized",
     "The credential is not known. Send `Authorization: Bearer` with a valid one."},
}};

constexpr error_row unexpected{errc::refused, 500, "internal",
                               "The request could not be carried out. It has been logged."};

error_row row_of(const error_code& error) noexcept {
  if (error.category() == paperboy_category()) {
    for (const auto& row : error_table) {
      if (row.code == static_cast<errc>(error.value())) return row;
    }
  }
  if (error == boost::asio::error::operation_aborted) return error_table[7];
  return unexpected;
}

}  // namespace

answer to_answer(const problem& p) {
  answer a(p.status, "application/problem+json", written(p));
  if (p.status == 401) a.set("WWW-Authenticate", "Bearer");
  if (p.status == 503) a.set("Retry-After", std::string(retry_after_seconds));
  return a;
}

problem invalid_body(std::vector<field_error> faults) {
  const bool alike =
      !faults.empty() && std::all_of(faults.begin(), faults.end(), [&faults](const field_error& f) {
        return f.code == faults.front().code;
      });
  problem p{422, alike ? faults.front().code : "validation-failed", {}, {}};
  p.detail = faults.size() == 1 ? faults.front().detail
                                : "The body does not validate; `errors` says what and where.";
  p.errors = std::move(faults);
  return p;
}

problem problem_of(const error_code& error) {
  const error_row row = row_of(error);
  return {row.status, std::string(row.slug), std::string(row.sentence), {}};
}

std::string_view reason_phrase(unsigned status) noexcept {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

}  // namespace paperboy::http
