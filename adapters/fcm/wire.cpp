#include "adapters/fcm/wire.hpp"

#include <algorithm>

#include "adapters/net/json_string.hpp"
#include "core/domain/payload.hpp"

namespace paperboy::fcm {
namespace {

using net::append_json_member;

void append_optional(std::string& out, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  out += ',';
  append_json_member(out, key, value);
}

std::string before_id_of(const notification& n) {
  std::string out = R"(","notification":{)";
  append_json_member(out, "title", n.title);
  append_optional(out, "body", n.body);
  append_optional(out, "image", n.image_url);
  out += R"(},"data":{"paperboy_id":")";
  return out;
}

std::string before_ttl_of(const notification& n) {
  std::string out = "\",";
  append_json_member(out, "paperboy_kind", kind_word(n.kind));
  append_optional(out, "paperboy_edition", n.edition);
  append_optional(out, "paperboy_url", n.url);
  out += R"(},"android":{)";
  append_json_member(out, "collapse_key", android_collapse_key(n));
  out += R"(,"ttl":")";
  return out;
}

std::string end_of(const notification& n, bool quiet) {
  std::string out = "s\",";
  append_json_member(out, "priority", fcm_priority(n.kind));
  out += R"(,"notification":{)";
  append_json_member(out, "channel_id", android_channel(n.kind, quiet));
  out += ',';
  append_json_member(out, "tag", android_tag(n));
  out += "}}}}";
  return out;
}

}  // namespace

prepared::prepared(const notification& n)
    : before_id_(before_id_of(n)),
      before_ttl_(before_ttl_of(n)),
      loud_end_(end_of(n, false)),
      quiet_end_(end_of(n, true)) {}

std::chrono::seconds time_to_live(instant expires_at, instant now) noexcept {
  return std::clamp(std::chrono::floor<std::chrono::seconds>(expires_at - now),
                    std::chrono::seconds{0}, longest_time_to_live);
}

}  // namespace paperboy::fcm
