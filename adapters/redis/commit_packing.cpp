#include "adapters/redis/commit_packing.hpp"

#include <algorithm>
#include <array>

#include "adapters/redis/keys.hpp"
#include "core/domain/identifiers.hpp"

namespace paperboy::redis {
namespace {

void put(std::string& to, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) to += static_cast<char>(value >> (8 * i) & 0xff);
}

std::uint64_t get(std::string_view from, std::size_t at, int bytes) noexcept {
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) {
    value |= std::uint64_t{static_cast<unsigned char>(from[at + static_cast<std::size_t>(i)])}
             << (8 * i);
  }
  return value;
}

// Accepted slots as ranges, so that a whole block in order is one write.
std::string mark_ranges(std::vector<std::uint8_t>& accepted, local_date date) {
  if (accepted.empty()) return {};
  std::sort(accepted.begin(), accepted.end());
  std::string ranges;
  std::uint8_t first = accepted[0];
  std::uint8_t last = first;
  for (std::size_t i = 1; i <= accepted.size(); ++i) {
    if (i < accepted.size() && accepted[i] == last + 1) {
      last = accepted[i];
      continue;
    }
    ranges += static_cast<char>(first);
    ranges += static_cast<char>(last);
    if (i < accepted.size()) first = last = accepted[i];
  }
  put(ranges, date.mark(), 2);
  return ranges;
}

}  // namespace

std::uint8_t why_of(const slot_end& end) noexcept {
  if (end.accepted > 0 || end.retry_devices != 0 || end.excluded > 0) return why_nothing;
  if (end.rejected > 0) return why_rejected;
  if (end.expired > 0) return why_expired;
  return static_cast<std::uint8_t>(end.reason);
}

const std::string& reason_names() {
  static const std::string names = [] {
    std::string all;
    for (std::size_t i = 0; i < skip_reasons; ++i) {
      if (i > 0) all += ' ';
      all += to_text(static_cast<skip_reason>(i));
    }
    return all;
  }();
  return names;
}

std::vector<told_run> told_in(std::string_view marks_and_told) {
  constexpr std::size_t marks_end = 2 * std::size_t{block_slots}, bitmaps = 64;
  std::vector<told_run> runs;
  for (std::size_t at = marks_end; at < marks_and_told.size();) {
    const std::size_t length = static_cast<unsigned char>(marks_and_told[at]);
    if (at + 1 + length + bitmaps > marks_and_told.size()) break;
    runs.push_back({marks_and_told.substr(at + 1, length),
                    marks_and_told.substr(at + 1 + length, bitmaps)});
    at += 1 + length + bitmaps;
  }
  return runs;
}

left_with what_was_left(std::string_view bitmaps, std::uint32_t slot) noexcept {
  constexpr std::size_t bytes = 32;
  if (bitmaps.size() != 2 * bytes) return left_with::nothing;
  const auto is_set = [slot](std::string_view bits) {
    return (static_cast<unsigned char>(bits[slot / 8]) >> (slot % 8) & 1U) != 0;
  };
  if (is_set(bitmaps)) return left_with::had;
  return is_set(bitmaps.substr(bytes)) ? left_with::folded : left_with::nothing;
}

void remember(std::map<std::string, remembered_item>& items, const slot_end& end) {
  const bool folded = end.skipped > 0 && end.reason == skip_reason::folded;
  if (!end.remember || (end.accepted == 0 && !folded)) return;
  auto& at = items[std::string(end.home) + ':' + std::to_string(end.home_slot / 256)];
  const auto slot = end.home_slot % 256;
  char& byte = (folded ? at.folded : at.had)[slot / 8];
  byte = static_cast<char>(static_cast<unsigned char>(byte) | 1U << (slot % 8));
}

std::string part_name(const part_of_run& part) {
  return part.run + '|' + part.cohort;
}

packed_commit pack_commit(const block_commit& commit) {
  const claim& c = *commit.block;
  const std::span<const slot_end> ends = commit.ends;
  packed_commit packed;
  packed.run = c.run;
  packed.name = part_name(c);
  packed.block = std::to_string(c.block);
  packed.epoch = std::to_string(c.epoch);
  packed.last = commit.last;
  packed.bitmap.assign(32, '\0');
  packed.slots.reserve(ends.size() * 9);
  std::uint64_t accepted = 0, rejected = 0, expired = 0, retries = 0, excluded = 0;
  std::array<std::uint64_t, skip_reasons> skipped{};
  std::vector<std::uint8_t> marked;
  for (const slot_end& e : ends) {
    auto& byte = packed.bitmap[e.slot / 8];
    byte = static_cast<char>(static_cast<unsigned char>(byte) | 1U << (e.slot % 8));
    const std::uint8_t why = why_of(e);
    for (const std::uint8_t b :
         {e.slot, e.accepted, e.rejected, e.expired, e.skipped, static_cast<std::uint8_t>(e.reason),
          why, static_cast<std::uint8_t>(e.retry_devices != 0 && !e.held ? 1 : 0), e.excluded}) {
      packed.slots += static_cast<char>(b);
    }
    packed.any_why |= why != why_nothing;
    accepted += e.accepted;
    rejected += e.rejected;
    expired += e.expired;
    excluded += e.excluded;
    skipped[static_cast<std::size_t>(e.reason)] += e.skipped;
    if (e.accepted > 0 && c.lane == send_lane::digest) marked.push_back(e.slot);
    remember(packed.items, e);
    if (e.retry_devices == 0) continue;
    if (!e.held) ++retries;
    retry_entry entry;
    entry.cohort = c.cohort;
    entry.slot = c.block * 256 + e.slot;
    entry.devices = e.retry_devices;
    entry.attempt = e.held ? 0 : 1;
    entry.held = e.held;
    entry.ambiguous = e.ambiguous;
    entry.mark_before = e.mark_before;
    packed.retries.push_back({std::to_string(e.slot), to_text(e.id), pack_retry_entry(entry),
                              std::to_string(e.retry_at.time_since_epoch().count())});
  }
  packed.totals = std::to_string(accepted) + ' ' + std::to_string(rejected) + ' ' +
                  std::to_string(expired) + ' ' + std::to_string(retries) + ' ' +
                  std::to_string(excluded);
  for (std::size_t i = 0; i < skip_reasons; ++i) {
    if (skipped[i] == 0) continue;
    packed.skips += to_text(static_cast<skip_reason>(i));
    packed.skips += '=' + std::to_string(skipped[i]) + ' ';
  }
  packed.marks = mark_ranges(marked, c.date);
  packed.item_count = std::to_string(packed.items.size());
  packed.retry_count = std::to_string(packed.retries.size());
  return packed;
}

void packed_commit::append_to(std::vector<std::string_view>& arguments) const {
  arguments.insert(arguments.end(), {run, name, block, epoch, last ? "1" : "0", bitmap, totals, skips,
                                     slots, marks, any_why ? "w" : "", item_count, retry_count});
  for (const auto& [at, item] : items) {
    arguments.insert(arguments.end(), {at, item.had, item.folded});
  }
  for (const auto& r : retries) arguments.insert(arguments.end(), {r.slot, r.id, r.entry, r.due});
}

std::string pack_retry_entry(const retry_entry& e) {
  std::string packed;
  put(packed, e.devices, 4);
  put(packed, e.attempt, 1);
  put(packed, (e.ambiguous ? 1U : 0U) | (e.moved ? 2U : 0U) | (e.held ? 4U : 0U), 1);
  put(packed, e.mark_before.mark(), 2);
  put(packed, e.slot, 4);
  put(packed, e.cohort.size(), 1);
  packed += e.cohort;
  return packed;
}

void keep_claims(std::string_view claimed, std::string& packed) {
  constexpr std::size_t flags = 5;
  packed[flags] = static_cast<char>((static_cast<unsigned char>(claimed[flags]) & 0xf0) |
                                    (static_cast<unsigned char>(packed[flags]) & 0x0f));
}

bool unpack_retry_entry(std::string_view packed, retry_entry& e) {
  if (packed.size() < 13 || packed.size() != 13U + get(packed, 12, 1)) return false;
  e.devices = static_cast<std::uint32_t>(get(packed, 0, 4));
  e.attempt = static_cast<std::uint8_t>(get(packed, 4, 1));
  e.ambiguous = (get(packed, 5, 1) & 1) != 0;
  e.moved = (get(packed, 5, 1) & 2) != 0;
  e.held = (get(packed, 5, 1) & 4) != 0;
  e.mark_before = local_date::from_mark(static_cast<std::uint16_t>(get(packed, 6, 2)));
  e.slot = static_cast<std::uint32_t>(get(packed, 8, 4));
  e.cohort = packed.substr(13);
  return true;
}

}  // namespace paperboy::redis
