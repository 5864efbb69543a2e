#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/domain/templates.hpp"
#include "core/flows/digest_source.hpp"
#include "core/flows/subscriber_change.hpp"

namespace paperboy {

// For whom a digest is to be shown, and at which instant as if a slot fell due then.
struct preview_request {
  std::string cohort;  // as text
  reader who;
  wish_values wish;
  instant at{};
  // Why nothing would be sent whatever there is to tell: paused, muted, or opted out.
  std::optional<skip_reason> silent;
  // What the reader was told at once, or quiet hours put off, and which items that was.
  std::vector<had_item> had{};
  std::vector<told_item> told{};
};

// Somebody who follows these topics and has had no digest yet, in the app's zone.
preview_request preview_for(const app_settings& app, const wish_values& wish, instant at);
// One subscriber as it is now.
preview_request preview_for(const found_subscriber& found, instant at);

// What would be sent, and why.
struct digest_preview {
  std::vector<item> candidates;             // everything that arrived in the longest window
  std::vector<explanation> why;             // by ordinal, as `candidates`
  std::vector<ordinal> chosen;              // in order
  skip_reason reason = skip_reason::empty;  // where nothing is chosen
  std::string locale;
  // Both payloads as send() writes them, with `preview_token` and a message id of zeros; empty where
  // nothing is chosen or the app has no such gateway.
  std::string apns;
  std::string fcm;
};
inline constexpr std::string_view preview_token = "…";

// Chooses and renders as the run of that instant does, from the items as they are now. Sends and
// keeps nothing.
task<result<digest_preview>> preview_digest(newsroom& news, const app_settings& app,
                                            const templates& words, const seal& edition_seal,
                                            const preview_request& asked);

}  // namespace paperboy
