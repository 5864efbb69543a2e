#include "core/domain/payload.hpp"

#include <algorithm>

#include "core/domain/text.hpp"

namespace paperboy {
namespace {

// A body cut below this says less than a picture shows.
constexpr std::size_t shortest_line = 120;

constexpr std::size_t longest_ttl = std::string_view{R"("ttl":"2419200s")"}.size();
constexpr std::size_t id_size = sizeof(message_id::text);

// `"key":"value"` and the comma before it, or nothing.
std::size_t member(std::string_view key, std::string_view value) noexcept {
  if (value.empty()) return 0;
  return key.size() + escaped_length(value) + std::string_view{R"(,"":"")"}.size();
}

std::size_t required(std::string_view key, std::string_view value) noexcept {
  return key.size() + escaped_length(value) + std::string_view{R"("":"")"}.size();
}

std::size_t tag_length(const notification& n) noexcept {
  const auto& name = n.collapse_key.empty() ? n.scope : n.collapse_key;
  return thread_word(n.kind).size() + 1 + escaped_length(name);
}

std::size_t longest_payload(const notification& n) noexcept {
  return std::max(apns_payload_length(n), fcm_payload_length(n));
}

// Bytes that may stand between the quotes of a body, 0 where not even the quotes fit.
std::size_t room_for_body(const notification& n) noexcept {
  const std::size_t others = longest_payload(n) - member("body", n.body);
  const std::size_t used = others + std::string_view{R"(,"body":"")"}.size();
  return used >= payload_limit ? 0 : payload_limit - used;
}

std::size_t room_for_title(const notification& n) noexcept {
  const std::size_t used = longest_payload(n) - escaped_length(n.title);
  return used >= payload_limit ? 0 : payload_limit - used;
}

}  // namespace

std::string_view kind_word(push_kind kind) noexcept {
  return kind == push_kind::digest ? "digest" : "notification";
}

std::string_view thread_word(push_kind kind) noexcept {
  return kind == push_kind::digest ? "digest" : "breaking";
}

std::string_view fcm_priority(push_kind kind) noexcept {
  return kind == push_kind::digest ? "NORMAL" : "HIGH";
}

std::string_view android_channel(push_kind kind, bool quiet) noexcept {
  if (quiet) return "paperboy_quiet";
  return kind == push_kind::digest ? "paperboy_digest" : "paperboy_breaking";
}

std::string_view android_collapse_key(const notification& n) noexcept {
  if (!n.collapse_key.empty()) return n.collapse_key;
  return n.kind == push_kind::digest ? "paperboy_digest" : "paperboy_breaking";
}

std::string android_tag(const notification& n) {
  std::string tag{thread_word(n.kind)};
  tag += '-';
  tag += n.collapse_key.empty() ? n.scope : n.collapse_key;
  return tag;
}

std::size_t escaped_length(std::string_view text) noexcept {
  std::size_t length = text.size();
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      length += 1;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      const bool two_bytes = c == '\b' || c == '\f' || c == '\n' || c == '\r' || c == '\t';
      length += two_bytes ? 1 : 5;
    }
  }
  return length;
}

std::size_t apns_payload_length(const notification& n) noexcept {
  constexpr std::string_view frame =
      R"({"aps":{"alert":{},"interruption-level":"passive",},"paperboy":{"id":"",}})";
  std::size_t length = frame.size() + id_size;
  length += required("title", n.title) + member("body", n.body);
  length += required("thread-id", thread_word(n.kind));
  if (!n.image_url.empty()) length += std::string_view{R"(,"mutable-content":1)"}.size();
  length += required("kind", kind_word(n.kind)) + member("edition", n.edition);
  length += member("url", n.url) + member("image", n.image_url);
  return length;
}

std::size_t fcm_payload_length(const notification& n) noexcept {
  constexpr std::string_view frame =
      R"({"message":{"token":"","notification":{},"data":{"paperboy_id":"",},"android":{,,,)"
      R"("notification":{,"tag":""}}}})";
  std::size_t length = frame.size() + id_size + longest_ttl + tag_length(n);
  length += required("title", n.title) + member("body", n.body) + member("image", n.image_url);
  length += required("paperboy_kind", kind_word(n.kind)) + member("paperboy_edition", n.edition);
  length += member("paperboy_url", n.url);
  length += required("collapse_key", android_collapse_key(n));
  length += required("priority", fcm_priority(n.kind));
  // paperboy_quiet is shorter than either.
  length += required("channel_id", android_channel(n.kind, false));
  return length;
}

bool fits(const notification& n) noexcept {
  return longest_payload(n) <= payload_limit;
}

notification fit(notification n) {
  if (!valid_utf8(n.title)) n.title = mend_utf8(n.title);
  if (!valid_utf8(n.body)) n.body = mend_utf8(n.body);
  if (fits(n)) return n;
  if (const auto room = room_for_body(n); room >= shortest_line && !n.body.empty()) {
    n.body = cut_to_escaped_bytes(n.body, room);
    return n;
  }
  n.image_url.clear();
  if (fits(n)) return n;
  n.body = cut_to_escaped_bytes(n.body, room_for_body(n));
  if (!fits(n)) n.title = cut_to_escaped_bytes(n.title, room_for_title(n));
  return n;
}

}  // namespace paperboy
