#include "core/flows/previewing.hpp"

#include "core/flows/opening.hpp"
#include "core/flows/retry_delivery.hpp"
#include "core/ports/run_book.hpp"

namespace paperboy {
namespace {

// The date on which the cohort's zone is then; that of UTC where tzdata has lost the zone.
local_date date_at(const std::string& cohort_text, instant at) {
  const auto home = parse_cohort(cohort_text);
  const auto z = home ? zone::named(home->time_zone) : result<zone>(zone::utc());
  return (z ? *z : zone::utc()).at(at).date;
}

message_id zero_id() noexcept {
  message_id id{};
  constexpr std::string_view zeros = "00000000-0000-0000-0000-000000000000";
  zeros.copy(id.text.data(), id.text.size());
  return id;
}

std::string payload_by(const gateway* way, const notification& text, std::chrono::seconds lives) {
  return way == nullptr ? std::string{} : way->payload(text, preview_token, zero_id(), lives);
}

}  // namespace

preview_request preview_for(const app_settings& app, const wish_values& wish, instant at) {
  const auto& defaults = app.defaults();
  preview_request asked;
  asked.cohort = to_text(cohort{app.context.id, defaults.time_zone, defaults.time});
  asked.who.days = defaults.days;
  asked.wish = wish;
  asked.at = at;
  return asked;
}

preview_request preview_for(const found_subscriber& found, instant at) {
  const subscriber& s = found.value();
  const auto& defaults = found.app->defaults();
  preview_request asked;
  asked.cohort = to_text(s.home(defaults));
  asked.who.mark = found.stored.mark;
  asked.who.days = s.effective(defaults).digest_days;
  asked.wish = wish_of(s);
  asked.at = at;
  const silence_rules rules{s.wishes.pause, s.wishes.mute_until};
  const auto silent = silenced(rules, at, date_at(asked.cohort, at));
  if (s.due_days(defaults).empty()) {
    asked.silent = skip_reason::opted_out;
  } else if (silent != silence::none) {
    asked.silent = silent == silence::muted ? skip_reason::muted : skip_reason::paused;
  }
  return asked;
}

task<result<digest_preview>> preview_digest(newsroom& news, const app_settings& app,
                                            const templates& words, const seal& edition_seal,
                                            const preview_request& asked) {
  auto topics = co_await news.topics(app.context.id);
  if (!topics) co_return topics.error();
  const auto from = candidates_from(asked.at, app.defaults());
  auto arrived = co_await news.arrived(app.context.id, from, asked.at);
  if (!arrived) co_return arrived.error();
  if (arrived->size() > max_candidates) arrived->resize(max_candidates);

  const delivery_settings unsent;
  digest_source source({app.context, unsent, words, edition_seal, {}}, asked.at,
                       std::move(*arrived), std::move(*topics), asked.told);
  part_of_run part;
  part.run = digest_run_id(app.context.id, asked.at);
  part.cohort = asked.cohort;
  part.date = date_at(asked.cohort, asked.at);
  part.at = asked.at;
  part.deadline = asked.at;
  std::vector<instant_mark> marks;
  for (const auto& h : asked.had) marks.push_back({h.run, h.folded});
  reader who = asked.who;
  who.instant = marks;
  auto explained = source.explain(part, who, asked.wish);

  digest_preview shown;
  shown.locale = asked.wish.locale.empty() ? app.defaults().locale : asked.wish.locale;
  shown.candidates = source.items();
  shown.why = std::move(explained.how.why);
  shown.reason = explained.choice.reason;
  if (asked.silent) {
    shown.reason = *asked.silent;
  } else if (const edition* chosen = explained.choice.chosen) {
    const auto ordinals = explained.how.list.ordinals();
    shown.chosen.assign(ordinals.begin(), ordinals.end());
    const auto lives =
        std::chrono::duration_cast<std::chrono::seconds>(source.expires_at(part) - part.at);
    shown.apns = payload_by(app.context.gateways.apns, chosen->text, lives);
    shown.fcm = payload_by(app.context.gateways.fcm, chosen->text, lives);
  }
  co_return shown;
}

}  // namespace paperboy
