#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/domain/choice.hpp"
#include "core/domain/rendering.hpp"
#include "core/domain/templates.hpp"
#include "core/domain/zone.hpp"
#include "core/flows/edition_id.hpp"
#include "core/flows/message_source.hpp"
#include "core/flows/outbox.hpp"
#include "core/ports/instant_history.hpp"

namespace paperboy {

// The digests of one run: every chosen list in a locale is rendered once, and everybody whose record
// says the same in the same cohort is decided once. Belongs to one thread.
class digest_source final : public message_source {
 public:
  struct setting {
    const app_context& app;
    const delivery_settings& delivery;
    const templates& words;
    const seal& edition_seal;
    std::function<wish_values(std::string_view)> read_wish;  // walk::values_of
  };

  // More decisions than these are not kept: they are made anew when they come again.
  static constexpr std::size_t most_decisions = 200'000;

  // `told`: the notification runs of the longest lookback whose items are among the candidates.
  digest_source(setting s, instant run_at, std::vector<item> frozen,
                std::shared_ptr<const catalogue> topics, std::span<const told_item> told = {});

  judgement judge(const part_of_run& part, const reader& who, std::string_view wish,
                  instant now) override;
  judgement judge(const part_of_run& part, const reader& who, const wish_values& wish,
                  instant now) override;
  instant expires_at(const part_of_run& part) const override;
  std::optional<part_of_run> part_of(const retry_entry& entry) const override;
  bool urgent() const noexcept override { return false; }
  bool remembered() const noexcept override { return false; }

  // What the reader would get, with the list and why each candidate is in it or not, by ordinal:
  // for previews.
  struct explained {
    judgement choice;
    explained_choice how;
  };
  explained explain(const part_of_run& part, const reader& who, const wish_values& wish);
  const std::vector<item>& items() const noexcept { return frozen_; }

 private:
  // What one reader's digest is made of. `said` looks into `followed`.
  struct terms {
    std::vector<topic_number> followed;
    std::vector<ordinal> seen;
    std::vector<ordinal> folded;
    std::string locale;
    paperboy::wish said;
  };
  struct told {  // by run: the item's place among the candidates
    ordinal item = 0;
    instant at{};
  };
  using slots = std::map<local_date, instant>;  // of the marks that a cohort's readers have

  instant window_start(const part_of_run& part, local_date mark);
  terms terms_of(const part_of_run& part, const reader& who, const wish_values& wish);
  judgement decide(const part_of_run& part, const reader& who, const wish_values& wish);
  static std::optional<judgement> refuse(const part_of_run& part, const reader& who, instant now);
  void append_instant(std::string& key, const reader& who) const;
  const edition* edition_of(const choice_list& list, std::string_view locale, local_date date);

  setting with_;
  instant run_at_;
  std::vector<item> frozen_;
  std::shared_ptr<const catalogue> topics_;
  candidate_index candidates_;
  choice_scratch scratch_;
  std::map<std::string, slots, std::less<>> homes_;  // by cohort
  decltype(homes_)::value_type* home_ = nullptr;     // of the last reader: the next is there too
  std::map<std::string, told, std::less<>> told_;
  boost::unordered_flat_map<std::string, judgement> decisions_;
  // Never erased while the source lives: deliveries hold pointers.
  std::unordered_map<std::string, std::unique_ptr<edition>> editions_;
  std::string key_;
};

// The lookback of one reader: the app's, but at least as far as the reader's own interval reaches.
std::chrono::minutes lookback_for(const digest_defaults& defaults, weekdays days) noexcept;

}  // namespace paperboy
