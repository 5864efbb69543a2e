#include "adapters/http/handlers/preferences_answer.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <charconv>

#include "adapters/http/field.hpp"
#include "adapters/http/wire/preferences_json.hpp"

namespace paperboy::http {
namespace {

// Tells two contents of one version apart, no more.
std::uint32_t digest_of(std::string_view text) noexcept {
  return static_cast<std::uint32_t>(XXH3_64bits(text.data(), text.size()));
}

std::string tag_of(std::uint32_t version, std::string_view text) {
  char hex[8];
  const auto end = std::to_chars(hex, hex + sizeof hex, digest_of(text), 16).ptr;
  return '"' + std::to_string(version) + '-' + std::string(hex, end) + '"';
}

// `"7-1f"` and `"7"` -> 7.
std::optional<std::uint32_t> version_in(std::string_view tag) noexcept {
  if (tag.size() < 3 || tag.front() != '"' || tag.back() != '"') return std::nullopt;
  tag = tag.substr(1, tag.size() - 2);
  const auto digits = tag.substr(0, tag.find('-'));
  std::uint32_t version = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return version;
}

// Weak comparison (RFC 9110 section 8.8.3.2).
bool names(std::string_view if_none_match, std::string_view tag) {
  bool found = false;
  for_each_element(if_none_match, [&](std::string_view element) {
    if (element.starts_with("W/")) element.remove_prefix(2);
    found = found || element == tag || element == "*";
  });
  return found;
}

}  // namespace

task<result<std::string>> preferences_text(api_state& api, const found_subscriber& found) {
  const auto topics = co_await api.parts.news.topics(found.value().app);
  if (!topics) co_return topics.error();
  co_return write_preferences(found.stored, found.app->defaults(), **topics, api.now());
}

task<answer> preferences_answer(api_state& api, result<found_subscriber> found,
                                std::string_view if_none_match) {
  if (!found) co_return failure(found.error());
  auto text = co_await preferences_text(api, *found);
  if (!text) co_return failure(text.error());
  auto tag = tag_of(found->value().version, *text);
  if (names(if_none_match, tag)) {
    answer unchanged(304);
    unchanged.set("ETag", std::move(tag));
    co_return unchanged;
  }
  auto whole = answer::json(200, std::move(*text));
  whole.set("ETag", std::move(tag));
  co_return whole;
}

version_condition read_if_match(std::string_view field) {
  version_condition condition;
  if (field.empty()) return condition;
  condition.any = false;
  for_each_element(field, [&](std::string_view element) {
    if (element == "*") condition.any = true;
    if (const auto version = version_in(element)) condition.versions.push_back(*version);
  });
  return condition;
}

}  // namespace paperboy::http
