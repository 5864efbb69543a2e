#include "adapters/redis/subscriber_reading.hpp"

#include <utility>

#include "adapters/redis/keys.hpp"
#include "adapters/redis/record.hpp"

namespace paperboy::redis {
namespace {

// Between two reads a subscriber may be written or moved; the reads then do not fit together.
constexpr int most_tries = 4;

local_date mark_of(std::string_view bytes) noexcept {
  if (bytes.size() < 2) return {};
  return local_date::from_mark(static_cast<std::uint16_t>(
      static_cast<unsigned char>(bytes[0]) | static_cast<unsigned char>(bytes[1]) << 8));
}

}  // namespace

task<result<subscriber_reader::located>> subscriber_reader::locate(subscriber_id id) {
  const auto shards = static_cast<std::uint32_t>(cohorts_.size());
  const answer a = co_await redis_.call("HGET", locator_key(id, shards), locator_field(id));
  if (!a) co_return a.error();
  if (a->is_nil()) co_return errc::not_found;
  const auto locator = a->integer();
  if (!locator || *locator < 0) co_return errc::protocol;
  co_return located{static_cast<std::uint32_t>(*locator / locator_slots),
                    static_cast<std::uint32_t>(*locator % locator_slots)};
}

task<result<void>> subscriber_reader::learn_cohort(std::uint32_t shard, std::uint32_t number) {
  const answer a = co_await redis_.call("HGET", shard_key(shard, "cn"), number);
  if (!a) co_return a.error();
  // A cohort that emptied between the two reads is gone; the locator says where to look now.
  if (a->is_nil()) co_return errc::not_found;
  auto home = parse_cohort(a->as_string());
  if (!home) co_return errc::protocol;
  auto& known = cohorts_[shard];
  if (known.size() >= most_cohorts) known.clear();
  known.try_emplace(number, named_cohort{std::string(a->as_string()), std::move(*home)});
  co_return result<void>{};
}

const subscriber_reader::named_cohort* subscriber_reader::find_cohort(
    std::uint32_t shard, std::uint32_t number) const {
  const auto found = cohorts_[shard].find(number);
  return found == cohorts_[shard].end() ? nullptr : &found->second;
}

pipeline subscriber_reader::record_and_mark(const place& at, std::string_view home) {
  const auto mark_at = std::size_t{at.slot_in_block()} * 2;
  pipeline both;
  both.add("HGET", records_key(at.shard, home, at.block()), unsigned{at.slot_in_block()});
  both.add("GETRANGE", marks_key(at.shard, home, at.block()), mark_at, mark_at + 1);
  return both;
}

task<result<stored_subscriber>> subscriber_reader::read_at(place at, pipeline both) {
  const auto answers = co_await redis_.call_all(std::move(both));
  for (const auto& a : answers) {
    if (!a) co_return a.error();
  }
  if (answers[0]->is_nil()) co_return errc::not_found;
  stored_subscriber s;
  s.mark = mark_of(answers[1]->as_string());
  const auto head = answers[0]->as_string();
  if (has_spill(head)) {
    const answer rest = co_await redis_.call("GET", spill_key(at.shard, id_of_head(head)));
    if (!rest) co_return rest.error();
    auto whole = join_record(head, rest->as_string());
    if (!whole) co_return whole.error();
    s.record = std::move(*whole);
  } else {
    s.record = head;
  }
  auto value = unpack(s.record, at.cohort);
  if (!value) co_return value.error();
  s.value = std::move(*value);
  s.place = std::move(at);
  co_return s;
}

task<result<stored_subscriber>> subscriber_reader::read(subscriber_id id) {
  return read(id, [id](const subscriber_id& found) { return found == id; });
}

task<result<stored_subscriber>> subscriber_reader::read(const indexed_device& device) {
  return read(device.found_by(),
              [device](const subscriber_id& found) { return device.belongs_to(found); });
}

task<result<stored_subscriber>> subscriber_reader::read(subscriber_id id, is_wanted wanted) {
  const std::uint32_t shard = id.shard(static_cast<std::uint32_t>(cohorts_.size()));
  std::optional<located> missing;
  bool lost = true;  // each time at the same place: nobody moved it
  for (int tries = 0; tries < most_tries; ++tries) {
    const auto where = co_await locate(id);
    if (!where) co_return where.error();
    if (find_cohort(shard, where->cohort) == nullptr) {
      const auto learned = co_await learn_cohort(shard, where->cohort);
      if (!learned && learned.error() != errc::not_found) co_return learned.error();
    }
    if (const auto* home = find_cohort(shard, where->cohort)) {
      place at{shard, home->value, where->slot};
      pipeline both = record_and_mark(at, home->text);
      auto found = co_await read_at(std::move(at), std::move(both));
      if (found && wanted(found->value.id)) co_return found;
      // Another id with the same bytes in the locator's key, unless it took the place just now.
      if (found && missing == *where) co_return errc::not_found;
      if (found) found = errc::not_found;
      if (found.error() == errc::conflict) lost = false;
      if (found.error() != errc::conflict && found.error() != errc::not_found) co_return found;
    }
    lost = lost && (!missing || *missing == *where);
    missing = *where;
  }
  co_return lost ? errc::shard_regressed : errc::conflict;
}

}  // namespace paperboy::redis
