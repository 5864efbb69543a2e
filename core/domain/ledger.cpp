#include "core/domain/ledger.hpp"

#include <algorithm>
#include <numeric>

namespace paperboy {
namespace {

constexpr std::array<std::string_view, skip_reasons> skip_texts{
    "empty",     "opted_out",   "paused", "muted",     "gone",       "already_sent",
    "no_topics", "quiet_hours", "folded", "cancelled", "no_gateway", "dead_letter"};

constexpr std::array<std::string_view, 5> state_texts{"scheduled", "running", "paused", "cancelled",
                                                      "done"};

template <class Enum, std::size_t N>
std::string_view text_of(const std::array<std::string_view, N>& texts, Enum value) noexcept {
  const auto index = static_cast<std::size_t>(value);
  return index < N ? texts[index] : std::string_view{};
}

template <class Enum, std::size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& texts,
                         std::string_view text) noexcept {
  const auto found = std::ranges::find(texts, text);
  if (found == texts.end()) return std::nullopt;
  return static_cast<Enum>(found - texts.begin());
}

}  // namespace

std::string_view to_text(skip_reason r) noexcept {
  return text_of(skip_texts, r);
}

std::optional<skip_reason> parse_skip_reason(std::string_view text) noexcept {
  return find<skip_reason>(skip_texts, text);
}

std::string_view to_text(run_state s) noexcept {
  return text_of(state_texts, s);
}

std::optional<run_state> parse_run_state(std::string_view text) noexcept {
  return find<run_state>(state_texts, text);
}

std::uint64_t ledger::all_skipped() const noexcept {
  return std::accumulate(skipped.begin(), skipped.end(), std::uint64_t{0});
}

ledger& ledger::operator+=(const ledger& other) noexcept {
  eligible += other.eligible;
  accepted += other.accepted;
  rejected += other.rejected;
  expired += other.expired;
  for (std::size_t i = 0; i < skip_reasons; ++i) skipped[i] += other.skipped[i];
  pending += other.pending;
  retries += other.retries;
  devices_removed += other.devices_removed;
  return *this;
}

}  // namespace paperboy
