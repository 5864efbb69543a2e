#include "core/domain/ledger.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace paperboy {
namespace {

ledger some_ledger() {
  ledger l{.eligible = 1000, .accepted = 985, .rejected = 4, .pending = 5, .retries = 3};
  l.skipped_for(skip_reason::empty) = 5;
  l.skipped_for(skip_reason::opted_out) = 1;
  return l;
}

TEST(ledger, balances_when_every_eligible_device_is_counted_once) {
  EXPECT_TRUE(ledger{}.balanced());
  EXPECT_TRUE(some_ledger().balanced());
  EXPECT_EQ(some_ledger().all_skipped(), 6U);
  EXPECT_EQ(some_ledger().settled(), 995U);
  ledger lost = some_ledger();
  lost.pending = 4;
  EXPECT_FALSE(lost.balanced());
  ledger twice = some_ledger();
  ++twice.expired;
  EXPECT_FALSE(twice.balanced());
}

TEST(ledger, adds_up_in_every_column_and_stays_balanced) {
  ledger sum = some_ledger();
  ledger other{.eligible = 3, .rejected = 1, .expired = 1, .retries = 7, .devices_removed = 1};
  other.skipped_for(skip_reason::dead_letter) = 1;
  ASSERT_TRUE(other.balanced());
  sum += other;
  EXPECT_TRUE(sum.balanced());
  EXPECT_EQ(sum.eligible, 1003U);
  EXPECT_EQ(sum.rejected, 5U);
  EXPECT_EQ(sum.expired, 1U);
  EXPECT_EQ(sum.skipped_for(skip_reason::empty), 5U);
  EXPECT_EQ(sum.skipped_for(skip_reason::dead_letter), 1U);
  EXPECT_EQ(sum.retries, 10U);
  EXPECT_EQ(sum.devices_removed, 1U);
  ledger copy = sum;
  copy += ledger{};
  EXPECT_EQ(copy, sum);
}

// The texts stand in the API and in Redis; a change here breaks both.
TEST(skip_reason, keeps_its_numbers_and_texts) {
  const char* const texts[skip_reasons] = {"empty",  "opted_out",    "paused",     "muted",
                                           "gone",   "already_sent", "no_topics",  "quiet_hours",
                                           "folded", "cancelled",    "no_gateway", "dead_letter"};
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < skip_reasons; ++i) {
    const auto reason = static_cast<skip_reason>(i);
    EXPECT_EQ(to_text(reason), texts[i]);
    EXPECT_EQ(parse_skip_reason(texts[i]), reason);
    EXPECT_TRUE(seen.insert(to_text(reason)).second);
  }
  EXPECT_EQ(to_text(static_cast<skip_reason>(skip_reasons)), "");
  EXPECT_FALSE(parse_skip_reason(""));
  EXPECT_FALSE(parse_skip_reason("Empty"));
}

TEST(run_state, keeps_its_texts) {
  const std::pair<run_state, const char*> states[] = {{run_state::scheduled, "scheduled"},
                                                      {run_state::running, "running"},
                                                      {run_state::paused, "paused"},
                                                      {run_state::cancelled, "cancelled"},
                                                      {run_state::done, "done"}};
  for (const auto& [state, text] : states) {
    EXPECT_EQ(to_text(state), text);
    EXPECT_EQ(parse_run_state(text), state);
  }
  EXPECT_FALSE(parse_run_state("finished"));
}

}  // namespace
}  // namespace paperboy
