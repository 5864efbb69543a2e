#include "core/flows/digest_source.hpp"

#include <algorithm>
#include <cstring>

#include "core/domain/slot.hpp"
#include "core/ports/run_book.hpp"

namespace paperboy {
namespace {

// A morning's digest is no use at night.
constexpr std::chrono::hours shown_within{12};

template <class T>
void append_raw(std::string& to, const T& value) {
  char raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof raw);
  to.append(raw, sizeof raw);
}

}  // namespace

std::chrono::minutes lookback_for(const digest_defaults& defaults, weekdays days) noexcept {
  int longest = 1;
  int since = 0;
  for (unsigned i = 0; i < 14; ++i) {  // twice round, so that the week's end is inside
    ++since;
    if (!days.has(i % 7)) continue;
    if (i >= 7) longest = std::max(longest, std::min(since, 7));
    since = 0;
  }
  return defaults.lookback + std::chrono::days{longest - 1};
}

digest_source::digest_source(setting s, instant run_at, std::vector<item> frozen,
                             std::shared_ptr<const catalogue> topics,
                             std::span<const told_item> told)
    : with_(std::move(s)),
      run_at_(run_at),
      frozen_(std::move(frozen)),
      topics_(std::move(topics)),
      candidates_(frozen_, *topics_, run_at) {
  std::unordered_map<std::string_view, ordinal> places;
  const std::size_t candidates = std::min(frozen_.size(), max_candidates);
  for (std::size_t i = 0; i < candidates; ++i) {
    places.emplace(frozen_[i].id, static_cast<ordinal>(i));
  }
  for (const auto& t : told) {
    if (const auto at = places.find(t.item_id); at != places.end()) {
      told_[t.run] = {at->second, t.at};
    }
  }
}

instant digest_source::window_start(const part_of_run& part, local_date mark) {
  if (mark.days == 0) return instant::min();
  if (home_ == nullptr || home_->first != part.cohort) home_ = &*homes_.try_emplace(part.cohort).first;
  if (const auto known = home_->second.find(mark); known != home_->second.end()) {
    return known->second;
  }
  instant start = instant::min();
  if (const auto at = parse_cohort(part.cohort)) {
    if (const auto z = zone::named(at->time_zone)) {
      if (const auto slot = slot_on(*z, mark, at->time)) start = slot->at;
    }
  }
  return home_->second[mark] = start;
}

// Before anything is chosen: is the date still to be served, and may the reader be spoken to?
std::optional<judgement> digest_source::refuse(const part_of_run& part, const reader& who,
                                               instant now) {
  if (who.mark >= part.date) return judgement::skip(skip_reason::already_sent);
  if (part.halt == run_halt::cancelled) return judgement::skip(skip_reason::cancelled);
  if (now >= part.deadline) return judgement::expire();
  switch (silenced(who.silence, now, part.date)) {
    case silence::muted:
      return judgement::skip(skip_reason::muted);
    case silence::paused:
      return judgement::skip(skip_reason::paused);
    case silence::none:
      break;
  }
  return std::nullopt;
}

judgement digest_source::judge(const part_of_run& part, const reader& who, std::string_view wish,
                               instant now) {
  if (const auto refused = refuse(part, who, now)) return *refused;
  // All that a decision depends on, and no more: readers of many zones share it.
  key_.clear();
  append_raw(key_, window_start(part, who.mark).time_since_epoch().count());
  append_raw(key_, part.date.days);
  key_ += static_cast<char>(who.days.bits());
  append_instant(key_, who);
  key_ += wish;
  if (const auto known = decisions_.find(key_); known != decisions_.end()) return known->second;
  const auto decided = decide(part, who, with_.read_wish(wish));
  if (decisions_.size() >= most_decisions) decisions_.clear();
  decisions_.emplace(key_, decided);
  return decided;
}

judgement digest_source::judge(const part_of_run& part, const reader& who, const wish_values& wish,
                               instant now) {
  if (const auto refused = refuse(part, who, now)) return *refused;
  return decide(part, who, wish);
}

// What the reader had at once: most had nothing, and share one decision.
void digest_source::append_instant(std::string& key, const reader& who) const {
  for (const auto& mark : who.instant) {
    const auto known = told_.find(mark.run);
    if (known == told_.end()) continue;
    append_raw(key, known->second.item);
    key += mark.folded ? 'f' : 's';
  }
  key += ';';
}

digest_source::terms digest_source::terms_of(const part_of_run& part, const reader& who,
                                             const wish_values& wish) {
  const auto& defaults = with_.app.defaults;
  preferences said;
  said.max_items = wish.max_items;
  said.min_items = wish.min_items;
  const auto limits = resolve(said, {}, {}, defaults);

  terms t;
  t.followed = topics_->digest_topics(wish.topics);
  t.locale = wish.locale.empty() ? defaults.locale : wish.locale;
  t.said.topics = t.followed;
  t.said.window_start = window_start(part, who.mark);
  t.said.lookback = lookback_for(defaults, who.days);
  // What quiet hours put off is told by the next digest; what was told at once is not told again.
  for (const auto& mark : who.instant) {
    const auto known = told_.find(mark.run);
    if (known == told_.end()) continue;
    if (!mark.folded) {
      if (wish.instant_items == include_instant::exclude) t.seen.push_back(known->second.item);
    } else if (known->second.at >= t.said.window_start) {
      t.folded.push_back(known->second.item);
    }
  }
  t.said.excluded = t.seen;
  t.said.forced = t.folded;
  t.said.max_items = limits.max_items;
  t.said.min_items = limits.min_items;
  if (defaults.readers_language_only) t.said.language = candidates_.language(t.locale);
  return t;
}

judgement digest_source::decide(const part_of_run& part, const reader& who,
                                const wish_values& wish) {
  const terms t = terms_of(part, who, wish);
  if (t.followed.empty() && t.folded.empty()) return judgement::skip(skip_reason::no_topics);
  const choice_list list = paperboy::choose(candidates_, t.said, scratch_);
  if (list.empty()) return judgement::skip(skip_reason::empty);
  return judgement::send(*edition_of(list, t.locale, part.date));
}

digest_source::explained digest_source::explain(const part_of_run& part, const reader& who,
                                                const wish_values& wish) {
  const terms t = terms_of(part, who, wish);
  return {decide(part, who, wish), paperboy::explain(candidates_, t.said)};
}

const edition* digest_source::edition_of(const choice_list& list, std::string_view locale,
                                         local_date date) {
  std::string key;
  for (const ordinal o : list.ordinals()) append_raw(key, o);
  append_raw(key, date.days);
  key += locale;
  if (const auto known = editions_.find(key); known != editions_.end()) return known->second.get();

  auto made = std::make_unique<edition>();
  edition_key named{run_at_, std::string(locale), {list.ordinals().begin(), list.ordinals().end()}};
  made->id = seal_edition(with_.edition_seal, with_.app.id, named);
  std::vector<const item*> shown;
  for (const ordinal o : list.ordinals()) shown.push_back(&frozen_[o]);
  made->text = render_digest(shown, {locale, with_.app.defaults.locale, made->id, date}, with_.words);
  if (gateway* apns = with_.app.gateways.apns) made->apns = apns->prepare(made->text);
  if (gateway* fcm = with_.app.gateways.fcm) made->fcm = fcm->prepare(made->text);
  return editions_.emplace(std::move(key), std::move(made)).first->second.get();
}

instant digest_source::expires_at(const part_of_run& part) const {
  return std::max(part.at + shown_within, part.deadline);
}

std::optional<part_of_run> digest_source::part_of(const retry_entry& entry) const {
  const auto home = parse_cohort(entry.cohort);
  if (!home) return std::nullopt;
  const auto z = zone::named(home->time_zone);
  if (!z) return std::nullopt;
  const auto slot = previous_slot(*z, home->time, weekdays::all(), run_at_);
  if (!slot) return std::nullopt;
  return part_of_run{entry.run, entry.cohort, slot->date, run_at_,
                     run_at_ + with_.delivery.deadline, entry.halt};
}

}  // namespace paperboy
