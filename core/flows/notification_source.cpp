#include "core/flows/notification_source.hpp"

#include <algorithm>

#include "core/domain/quiet_hours.hpp"
#include "core/domain/subscriber.hpp"

namespace paperboy {
namespace {

// More decisions than these are not kept: they are made anew when they come again.
constexpr std::size_t most_decisions = 100'000;
// Cohorts whose zone is kept at hand.
constexpr std::size_t most_zones = 4096;

}  // namespace

notification_source::notification_source(const app_context& app, instant at,
                                         notification_order order, std::string run, bool has_item,
                                         std::shared_ptr<const catalogue> topics,
                                         std::function<wish_values(std::string_view)> read_wish)
    : app_(app),
      at_(at),
      order_(std::move(order)),
      run_(std::move(run)),
      has_item_(has_item),
      catalogue_(std::move(topics)),
      read_wish_(std::move(read_wish)) {
  bool all_critical = true;
  for (const auto& key : order_.audience.topics) {
    const topic* t = catalogue_->find(key);
    all_critical &= t != nullptr && t->critical;
    if (t != nullptr) topics_.push_back(t);
  }
  passes_quiet_hours_ = order_.critical && all_critical;
}

bool notification_source::meant(const choices& said) const {
  if (order_.audience.topics.empty()) return true;  // whoever was listed
  const auto wants = [&](const topic* t) { return at_once(catalogue_->effective(said, *t).wanted); };
  if (order_.audience.match == topic_match::any) return std::ranges::any_of(topics_, wants);
  // A topic that was removed meanwhile is wanted by nobody.
  return topics_.size() == order_.audience.topics.size() && std::ranges::all_of(topics_, wants);
}

notification_source::wanted notification_source::decide(const wish_values& wish) {
  if (!meant(wish.topics)) return {};
  return {edition_for(wish.locale.empty() ? app_.defaults.locale : wish.locale)};
}

const edition* notification_source::edition_for(const std::string& locale) {
  // Everybody who reads the same languages shares one text.
  const auto& fallback = app_.defaults.locale;
  std::string key{language_for(order_.news.title, locale, fallback)};
  key += ' ';
  key += language_for(order_.news.body, locale, fallback);
  if (const auto known = editions_.find(key); known != editions_.end()) return known->second.get();
  auto made = std::make_unique<edition>();
  made->text = render_breaking(order_.news, locale, fallback, run_);
  if (gateway* apns = app_.gateways.apns) made->apns = apns->prepare(made->text);
  if (gateway* fcm = app_.gateways.fcm) made->fcm = fcm->prepare(made->text);
  return editions_.emplace(std::move(key), std::move(made)).first->second.get();
}

judgement notification_source::judge(const part_of_run& part, const reader& who,
                                     std::string_view wish, instant now) {
  auto known = decisions_.find(wish);
  if (known == decisions_.end()) {
    if (decisions_.size() >= most_decisions) decisions_.clear();
    known = decisions_.emplace(std::string(wish), decide(read_wish_(wish))).first;
  }
  return judge(part, who, known->second, now);
}

judgement notification_source::judge(const part_of_run& part, const reader& who,
                                     const wish_values& wish, instant now) {
  return judge(part, who, decide(wish), now);
}

judgement notification_source::judge(const part_of_run& part, const reader& who, const wanted& w,
                                     instant now) {
  if (w.text == nullptr) return judgement::exclude();
  if (part.halt == run_halt::cancelled) return judgement::skip(skip_reason::cancelled);
  if (now >= part.deadline) return judgement::expire();
  const zone* z = zone_of(who.cohort);
  const auto today = (z != nullptr ? *z : zone::utc()).at(now).date;
  switch (silenced(who.silence, now, today)) {
    case silence::muted:
      return judgement::skip(skip_reason::muted);
    case silence::paused:
      return judgement::skip(skip_reason::paused);
    case silence::none:
      break;
  }
  if (z == nullptr) return judgement::send(*w.text);
  const auto quiet = judge_quiet(who.quiet, *z, now, passes_quiet_hours_);
  switch (quiet.what) {
    case quiet_judgement::verdict::send:
      break;
    case quiet_judgement::verdict::drop:
      return judgement::skip(skip_reason::quiet_hours);
    case quiet_judgement::verdict::fold:
      // Without an item there is nothing for the digest to tell.
      return judgement::skip(has_item_ ? skip_reason::folded : skip_reason::quiet_hours);
    case quiet_judgement::verdict::hold:
      // Held past its time to live it would be no news.
      if (quiet.wake >= part.deadline) return judgement::skip(skip_reason::quiet_hours);
      return judgement::hold(quiet.wake);
  }
  return judgement::send(*w.text);
}

const zone* notification_source::zone_of(std::string_view cohort) {
  auto known = zones_.find(cohort);
  if (known == zones_.end()) {
    if (zones_.size() >= most_zones) zones_.clear();
    std::optional<zone> found;
    if (const auto home = parse_cohort(cohort)) {
      if (const auto z = zone::named(home->time_zone)) found = *z;
    }
    known = zones_.emplace(std::string(cohort), found).first;
  }
  return known->second ? &*known->second : nullptr;
}

instant notification_source::expires_at(const part_of_run& part) const { return part.deadline; }

std::optional<part_of_run> notification_source::part_of(const retry_entry& entry) const {
  return part_of_run{entry.run, entry.cohort, {}, at_, at_ + order_.time_to_live, entry.halt};
}

}  // namespace paperboy
