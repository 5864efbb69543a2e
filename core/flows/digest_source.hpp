#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
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

namespace paperboy {

// The digests of one run: every chosen list in a locale is rendered once, and everybody whose record
// says the same in the same cohort is decided once. Belongs to one thread.
class digest_source final : public message_source {
 public:
  struct setting {
    const app_context& app;
    const templates& words;
    const seal& edition_seal;
    std::function<wish_values(std::string_view)> read_wish;  // walk::values_of
  };

  // More decisions than these are not kept: they are made anew when they come again.
  static constexpr std::size_t most_decisions = 200'000;

  digest_source(setting s, instant run_at, std::vector<item> frozen,
                std::shared_ptr<const catalogue> topics);

  choice_for_member choose(const part_of_run& part, const reader& who,
                           std::string_view wish) override;
  choice_for_member choose(const part_of_run& part, const reader& who,
                           const wish_values& wish) override;
  instant expires_at(const part_of_run& part) const override;

  // As choose(), with the list and why each candidate is in it or not, by ordinal: for previews.
  struct explained {
    choice_for_member choice;
    explained_choice how;
  };
  explained explain(const part_of_run& part, const reader& who, const wish_values& wish);
  const std::vector<item>& items() const noexcept { return frozen_; }

 private:
  // What one reader's digest is made of. `said` looks into `followed`.
  struct terms {
    std::vector<topic_number> followed;
    std::string locale;
    paperboy::wish said;
  };
  struct home {  // what the cohort adds to a decision
    std::uint32_t number = 0;
    std::map<local_date, instant> slots;  // of marks that were met
  };

  home& home_of(const part_of_run& part);
  instant window_start(home& h, const part_of_run& part, local_date mark);
  terms terms_of(const part_of_run& part, const reader& who, const wish_values& wish);
  choice_for_member decide(const part_of_run& part, const reader& who, const wish_values& wish);
  const edition* edition_of(const choice_list& list, std::string_view locale, local_date date);

  setting with_;
  instant run_at_;
  std::vector<item> frozen_;
  std::shared_ptr<const catalogue> topics_;
  candidate_index candidates_;
  choice_scratch scratch_;
  std::map<std::string, home, std::less<>> homes_;
  std::unordered_map<std::string, choice_for_member> decisions_;
  // Never erased while the source lives: deliveries hold pointers.
  std::unordered_map<std::string, std::unique_ptr<edition>> editions_;
  std::string key_;
};

// The lookback of one reader: the app's, but at least as far as the reader's own interval reaches.
std::chrono::minutes lookback_for(const digest_defaults& defaults, weekdays days) noexcept;

}  // namespace paperboy
