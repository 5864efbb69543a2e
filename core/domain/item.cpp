#include "core/domain/item.hpp"

#include "core/domain/findings.hpp"
#include "core/domain/locale.hpp"
#include "core/domain/text.hpp"

namespace paperboy {
namespace {

using namespace std::chrono_literals;

constexpr instant earliest_published =
    std::chrono::sys_days{std::chrono::year{2000} / std::chrono::January / 1};

void check_topics(findings& found, const item& candidate, const item_rules& rules) {
  const auto& topics = candidate.topics;
  if (topics.empty()) found.add("/topics", "empty", "names no topic; name 1 to 20");
  if (topics.size() > max_item_topics) {
    found.add("/topics", "too-long", "names more than 20 topics");
    return;
  }
  found.topics("/topics", topics, rules.known_topic);
}

void check_times(findings& found, const item& candidate, const item_rules& rules) {
  if (candidate.published_at < earliest_published ||
      candidate.published_at > one_year_after(rules.now)) {
    found.add("/published_at", "out-of-range",
              "lies before the year 2000 or more than one year ahead");
  }
  if (candidate.expires_at && *candidate.expires_at <= candidate.published_at) {
    found.add("/expires_at", "out-of-range", "is not after published_at");
  }
}

bool id_character(char c) noexcept {
  constexpr std::string_view marks = "._~:-";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         marks.find(c) != std::string_view::npos;
}

}  // namespace

bool valid_item_id(std::string_view id) noexcept {
  return !id.empty() && id.size() <= max_item_id_bytes && id != "." && id != ".." &&
         std::all_of(id.begin(), id.end(), &id_character);
}

instant one_year_after(instant now) noexcept {
  const auto day = std::chrono::floor<std::chrono::days>(now);
  auto date = std::chrono::year_month_day{day} + std::chrono::years{1};
  if (!date.ok()) date = date.year() / date.month() / std::chrono::last;
  return std::chrono::sys_days{date} + (now - day);
}

std::vector<field_error> validate(const item& candidate, const item_rules& rules) {
  findings found;
  if (!valid_item_id(candidate.id)) {
    found.add("/id", "invalid-id", "is not an item id; write 1 to 128 of [A-Za-z0-9._~:-]");
  }
  found.text("/title", candidate.title, max_title_code_points);
  if (!candidate.teaser.empty()) found.text("/teaser", candidate.teaser, max_teaser_code_points);
  found.link("/url", candidate.url, rules.link_hosts);
  if (!candidate.image_url.empty()) found.link("/image_url", candidate.image_url, {});
  check_topics(found, candidate, rules);
  if (!valid_locale(candidate.language)) {
    found.add("/language", "invalid-language", "is not a language tag; write for example \"az\"");
  }
  check_times(found, candidate, rules);
  if (candidate.priority < 0 || candidate.priority > max_priority) {
    found.add("/priority", "out-of-range", "is not from 0 to 100");
  }
  if (!candidate.story.empty() &&
      (candidate.story.size() > max_story_bytes || check_text(candidate.story, max_story_bytes))) {
    found.add("/story", "invalid-story", "is not one line of at most 128 bytes");
  }
  return found.take();
}

}  // namespace paperboy
