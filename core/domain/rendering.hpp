#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "core/domain/item.hpp"
#include "core/domain/local_date.hpp"
#include "core/domain/notification.hpp"
#include "core/domain/templates.hpp"

namespace paperboy {

// The first item's title is uncut up to this, in code points.
inline constexpr std::size_t max_alert_title = 100;
// Further titles in the body: two of them and the count of the rest show without unfolding.
inline constexpr std::size_t max_body_title = 80;

// Who a digest is rendered for: everybody who got the same list in the same locale.
struct digest_frame {
  std::string_view locale;
  std::string_view default_locale;  // of the app
  std::string_view edition;         // id
  local_date slot;
};

// A digest as a phone shows it. The title is the first item's; the body the first item's teaser if
// it is alone, else the next titles and how many more there are. Link and picture are the first
// item's. `chosen` is in order and not empty. Fits both gateways.
notification render_digest(std::span<const item* const> chosen, const digest_frame& frame,
                           const templates& words);

// Language tag -> text. Tags are valid locales.
using texts_by_language = std::map<std::string, std::string>;

// What the newsroom sends at once.
struct breaking_news {
  texts_by_language title;  // at least one
  texts_by_language body;
  std::string url;
  std::string image_url;
  std::string collapse_key;

  friend bool operator==(const breaking_news&, const breaking_news&) = default;
};

// The tag to read: by negotiate() for the reader, else for the app's default locale, else the same
// language in whatever script, else the first. Empty only where there are no texts.
std::string_view language_for(const texts_by_language& texts, std::string_view locale,
                              std::string_view default_locale);

// In the title's language, as language_for() finds it; the body in the same language where there is
// one, else in the one that suits the reader best. `scope` is the run. Fits both gateways.
notification render_breaking(const breaking_news& news, std::string_view locale,
                             std::string_view default_locale, std::string_view scope);

}  // namespace paperboy
