#include "adapters/redis/block_reading.hpp"

#include <algorithm>

#include "adapters/redis/commit_packing.hpp"
#include "adapters/redis/keys.hpp"
#include "adapters/redis/record_format.hpp"
#include "core/ports/run_book.hpp"

namespace paperboy::redis {
namespace {

subscriber_id id_in_head(std::string_view head) noexcept {
  const std::size_t at = format::spill_at + format::spill_bytes;
  return head.size() < at + 16 ? subscriber_id{} : subscriber_id_from(head.substr(at, 16));
}

}  // namespace

void read_block::take(reply records, std::string_view marks) {
  records_ = std::move(records);
  marks_ = marks;
  found_.reserve(records_.size() / 2);
  for (auto at = records_.begin(); at != records_.end(); ++at) {
    const auto slot = (*at++).as_int();
    found_.push_back({static_cast<std::uint8_t>(slot), (*at).as_string()});
  }
  std::sort(found_.begin(), found_.end(),
            [](const found& a, const found& b) { return a.slot < b.slot; });
  for (std::size_t i = 0; i < found_.size(); ++i) {
    if (!has_spill(found_[i].record)) continue;
    spilled_at_.push_back(i);
    spilled_.push_back(id_in_head(found_[i].record));
  }
  joined_.resize(spilled_.size());
}

void read_block::join(std::size_t number, std::string_view spill) {
  found& f = found_[spilled_at_[number]];
  // Halves of two writes: an empty record cannot be read, so the block is walked again later.
  if (auto whole = join_record(f.record, spill)) joined_[number] = std::move(*whole);
  f.record = joined_[number];
}

void read_block::take_instant() { told_ = told_in(marks_); }

void read_block::close() {
  members_.reserve(found_.size());
  viewed_.reserve(found_.size() * 2);
  for (const found& f : found_) add(f);
  // Only now do the devices stay where they are.
  devices_ = devices_of(viewed_, letters_);
  std::size_t from = 0, marks_from = 0;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    members_[i].devices =
        std::span<const member_device>(devices_).subspan(from, device_counts_[i]);
    members_[i].instant =
        std::span<const instant_mark>(marked_).subspan(marks_from, mark_counts_[i]);
    from += device_counts_[i];
    marks_from += mark_counts_[i];
  }
}

std::vector<std::string_view> read_block::told_before(instant when) const {
  std::vector<std::string_view> old;
  for (const told_run& told : told_) {
    const auto due = instant_of_run(told.run);
    if (!due || *due < when) old.push_back(told.run);
  }
  return old;
}

// A run that left nothing with a slot adds nothing to it.
void read_block::add_instant(std::uint8_t slot) {
  const std::size_t before = marked_.size();
  for (const told_run& told : told_) {
    const auto left = what_was_left(told.bitmaps, slot);
    if (left != left_with::nothing) marked_.push_back({told.run, left == left_with::folded});
  }
  mark_counts_.push_back(marked_.size() - before);
}

void read_block::add(const found& f) {
  member m;
  m.slot = f.slot;
  m.cohort = at_.cohort;
  m.home_slot = at_.block * block_slots + f.slot;
  add_instant(f.slot);
  const std::size_t before = viewed_.size();
  const auto view = record_view::read(f.record, viewed_);
  if (!view) {
    m.readable = false;
    members_.push_back(m);
    device_counts_.push_back(0);
    return;
  }
  m.id = view->id();
  m.joined = view->joined();
  m.due_days = view->due_days(at_.inherited);
  m.silence = view->silence();
  m.quiet = view->quiet();
  m.wish = view->wish();
  if (const std::size_t at = std::size_t{f.slot} * 2; at + 1 < marks_.size()) {
    m.mark = local_date::from_mark(static_cast<std::uint16_t>(
        static_cast<unsigned char>(marks_[at]) | static_cast<unsigned char>(marks_[at + 1]) << 8));
  }
  device_counts_.push_back(viewed_.size() - before);
  members_.push_back(m);
}

task<result<std::unique_ptr<read_block>>> read_whole_block(client& redis, block_place at,
                                                           bool with_instant) {
  pipeline parts;
  parts.add("HGETALL", records_key(at.shard, at.cohort, at.block));
  parts.add("GET", marks_key(at.shard, at.cohort, at.block));
  parts.believe();  // a block of a lost shard is empty, and its commit is told so
  auto answers = co_await redis.call_all(std::move(parts));
  for (const auto& a : answers) {
    if (!a) co_return a.error();
  }
  const std::uint32_t shard = at.shard;
  auto whole = std::make_unique<read_block>(std::move(at));
  whole->take(answers[0].take(), answers[1]->as_string());
  if (with_instant) whole->take_instant();
  if (!whole->spilled().empty()) {
    pipeline rest;
    for (const auto& id : whole->spilled()) rest.add("GET", spill_key(shard, id));
    const auto spills = co_await redis.call_all(std::move(rest));
    for (std::size_t i = 0; i < spills.size(); ++i) {
      if (!spills[i]) co_return spills[i].error();
      whole->join(i, spills[i]->as_string());
    }
  }
  whole->close();
  co_return whole;
}

}  // namespace paperboy::redis
