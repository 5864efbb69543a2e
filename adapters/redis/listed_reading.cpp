#include "adapters/redis/listed_reading.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "adapters/redis/keys.hpp"
#include "adapters/redis/record.hpp"
#include "adapters/redis/record_bytes.hpp"
#include "adapters/redis/record_view.hpp"

namespace paperboy::redis {
namespace {

// The records of a list's members, each kept as its bytes.
class listed_block final : public block_contents {
 public:
  std::span<const member> members() const noexcept override { return members_; }

  void add(std::uint8_t slot, const frozen_member& frozen, std::string record, std::string cohort,
           std::uint32_t home_slot) {
    found_.push_back({slot, frozen.devices, std::move(record), std::move(cohort), home_slot});
  }

  // To be called once, when everybody is in.
  void close() {
    std::ranges::sort(found_, {}, &found::slot);
    std::vector<viewed_device> viewed;
    std::vector<std::size_t> counts;
    for (const found& f : found_) {
      member m;
      m.slot = f.slot;
      m.cohort = f.cohort;
      m.home_slot = f.home_slot;
      std::vector<viewed_device> live;
      if (const auto view = record_view::read(f.record, live)) {
        m.id = view->id();
        m.silence = view->silence();
        m.quiet = view->quiet();
        m.wish = view->wish();
      } else {
        m.readable = false;
      }
      std::erase_if(live, [&](const auto& d) { return (f.devices >> d.number & 1U) == 0; });
      viewed.insert(viewed.end(), live.begin(), live.end());
      counts.push_back(live.size());
      members_.push_back(m);
    }
    // Who joined too late is no question of a frozen list: a move makes everybody join anew.
    for (viewed_device& d : viewed) d.joined = 0;
    devices_ = devices_of(viewed, letters_);
    std::size_t from = 0;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      members_[i].devices = std::span<const member_device>(devices_).subspan(from, counts[i]);
      from += counts[i];
    }
  }

 private:
  struct found {
    std::uint8_t slot = 0;
    std::uint32_t devices = 0;
    std::string record;
    std::string cohort;
    std::uint32_t home_slot = 0;
  };
  std::deque<found> found_;
  std::vector<member> members_;
  std::string letters_;  // of tokens that had to be written out
  std::vector<member_device> devices_;
};

// Members by the block that their records lay in, so that each block is asked once.
using by_block = std::map<std::pair<std::string, std::uint32_t>, std::vector<std::uint8_t>>;

task<result<void>> read_elsewhere(subscriber_reader& reader, const frozen_member& frozen,
                                  std::uint8_t slot, listed_block& into) {
  auto found = co_await reader.read(frozen.id);
  if (!found) {
    if (found.error() == errc::not_found) co_return result<void>{};
    co_return found.error();
  }
  into.add(slot, frozen, std::move(found->record), to_text(found->place.cohort),
           found->place.slot);
  co_return result<void>{};
}

}  // namespace

std::string pack_listed(std::span<const frozen_member> members) {
  std::string packed;
  byte_writer out(packed);
  for (const auto& m : members) {
    out.bytes(m.id.view());
    out.u32(m.devices);
    out.u32(m.slot);
    out.u8(static_cast<unsigned>(m.cohort.size()));
    out.bytes(m.cohort);
  }
  return packed;
}

result<std::vector<frozen_member>> unpack_listed(std::string_view packed) {
  std::vector<frozen_member> members;
  byte_reader in(packed);
  while (!in.at_end()) {
    frozen_member m;
    const auto id = in.bytes(16);
    m.devices = in.u32();
    m.slot = in.u32();
    m.cohort = in.bytes(in.u8());
    if (in.failed() || members.size() == block_slots) return errc::protocol;
    m.id = subscriber_id_from(id);
    members.push_back(std::move(m));
  }
  return members;
}

task<result<std::unique_ptr<block_contents>>> read_listed(client& redis, subscriber_reader& reader,
                                                          recent_records* recent,
                                                          std::uint32_t shard,
                                                          std::string_view packed) {
  const auto members = unpack_listed(packed);
  if (!members) co_return members.error();
  auto whole = std::make_unique<listed_block>();
  by_block places;
  for (std::size_t i = 0; i < members->size(); ++i) {
    const auto& m = (*members)[i];
    auto known = recent != nullptr ? recent->take(m.id) : std::nullopt;
    if (known) {
      whole->add(static_cast<std::uint8_t>(i), m, std::move(*known), m.cohort, m.slot);
      continue;
    }
    places[{m.cohort, m.slot / block_slots}].push_back(static_cast<std::uint8_t>(i));
  }
  pipeline all;
  for (const auto& [at, who] : places) {
    command records{"HMGET", records_key(shard, at.first, at.second)};
    for (const auto i : who) records.arg((*members)[i].slot % block_slots);
    all.add(std::move(records));
  }
  std::vector<answer> answers;
  if (all.size() > 0) answers = co_await redis.call_all(std::move(all));
  std::vector<std::uint8_t> elsewhere;  // moved since, or in need of a second half
  std::size_t n = 0;
  for (const auto& [at, who] : places) {
    const answer& a = answers[n++];
    if (!a) co_return a.error();
    auto record = a->begin();
    for (const auto i : who) {
      const auto& m = (*members)[i];
      const std::string_view bytes = (*record++).as_string();
      std::vector<viewed_device> ignored;
      const bool whole_here = !bytes.empty() && !has_spill(bytes);
      const auto view = whole_here ? record_view::read(bytes, ignored)
                                   : result<record_view>(errc::not_found);
      if (view && view->id() == m.id) {
        whole->add(i, m, std::string(bytes), m.cohort, m.slot);
      } else {
        elsewhere.push_back(i);
      }
    }
  }
  for (const auto i : elsewhere) {
    const auto read = co_await read_elsewhere(reader, (*members)[i], i, *whole);
    if (!read) co_return read.error();
  }
  whole->close();
  co_return std::unique_ptr<block_contents>(std::move(whole));
}

}  // namespace paperboy::redis
