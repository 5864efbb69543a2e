#include "core/domain/rendering.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "core/domain/locale.hpp"
#include "core/domain/payload.hpp"
#include "core/domain/text.hpp"

namespace paperboy {
namespace {

// A title that is one endless grapheme has no place to cut; it stays whole.
std::string headline(const std::string& title, std::size_t limit) {
  auto cut = cut_to_code_points(title, limit);
  return cut.empty() ? title : cut;
}

phrase body_phrase(std::size_t items) {
  if (items == 1) return phrase::digest_body_one;
  return items == 2 ? phrase::digest_body_two : phrase::digest_body_many;
}

std::string_view text_in(const texts_by_language& texts, std::string_view tag) {
  const auto at = texts.find(std::string{tag});
  return at == texts.end() ? std::string_view{} : std::string_view{at->second};
}

}  // namespace

notification render_digest(std::span<const item* const> chosen, const digest_frame& frame,
                           const templates& words) {
  const item& first = *chosen.front();
  const auto title = headline(first.title, max_alert_title);
  std::string second;
  std::string third;
  if (chosen.size() > 1) second = headline(chosen[1]->title, max_body_title);
  if (chosen.size() > 2) third = headline(chosen[2]->title, max_body_title);

  phrase_arguments with;
  with.headline = title;
  with.teaser = first.teaser;
  with.second = second;
  with.third = third;
  with.more = static_cast<int>(chosen.size() > 3 ? chosen.size() - 3 : 0);

  const auto language = words.language_for(frame.locale, frame.default_locale);
  notification n;
  n.kind = push_kind::digest;
  n.title = words.say(language, phrase::digest_title, with);
  n.body = words.say(language, body_phrase(chosen.size()), with);
  n.url = first.url;
  n.image_url = first.image_url;
  n.edition = frame.edition;
  n.scope = to_text(frame.slot);
  return fit(std::move(n));
}

std::string_view language_for(const texts_by_language& texts, std::string_view locale,
                              std::string_view default_locale) {
  std::vector<std::string_view> tags;
  tags.reserve(texts.size());
  for (const auto& [tag, text] : texts) tags.emplace_back(tag);
  if (tags.empty()) return {};
  if (const auto at = negotiate(locale, tags)) return tags[*at];
  if (const auto at = negotiate(default_locale, tags)) return tags[*at];
  for (const auto wanted : {locale, default_locale}) {
    const auto language = language_of(wanted);
    for (const auto tag : tags) {
      if (language_of(tag) == language) return tag;
    }
  }
  return tags.front();
}

notification render_breaking(const breaking_news& news, std::string_view locale,
                             std::string_view default_locale, std::string_view scope) {
  const auto language = language_for(news.title, locale, default_locale);
  auto body = text_in(news.body, language);
  if (body.empty()) body = text_in(news.body, language_for(news.body, locale, default_locale));
  notification n;
  n.kind = push_kind::breaking;
  n.title = text_in(news.title, language);
  n.body = body;
  n.url = news.url;
  n.image_url = news.image_url;
  n.scope = scope;
  n.collapse_key = news.collapse_key;
  return fit(std::move(n));
}

}  // namespace paperboy
