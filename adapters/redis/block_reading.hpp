#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/redis/client.hpp"
#include "adapters/redis/commit_packing.hpp"
#include "adapters/redis/record_view.hpp"
#include "core/ports/walk.hpp"

namespace paperboy::redis {

// What all members of a block share.
struct block_place {
  std::uint32_t shard = 0;
  std::string cohort;  // as text
  std::uint32_t block = 0;
  weekdays inherited;  // days of those who chose none
};

// A block as it was read. The reply is kept: the members point into it.
class read_block final : public block_contents {
 public:
  explicit read_block(block_place at) : at_(std::move(at)) {}

  // The answers to HGETALL and GET of a block. Before close(), spilled() names the subscribers whose
  // records have a second half to be given to join(), by their place in that list.
  void take(reply records, std::string_view marks);
  const std::vector<subscriber_id>& spilled() const noexcept { return spilled_; }
  void join(std::size_t number, std::string_view spill);
  // What notifications left in the block is wanted as well: it lies behind the marks.
  void take_instant();
  void close();

  std::span<const member> members() const noexcept override { return members_; }
  // Notification runs due before that instant whose items are noted here.
  std::vector<std::string_view> told_before(instant when) const;

 private:
  struct found {
    std::uint8_t slot = 0;
    std::string_view record;
  };
  void add(const found& f);
  void add_instant(std::uint8_t slot);

  block_place at_;
  reply records_;
  std::string marks_;
  std::vector<found> found_;
  std::vector<subscriber_id> spilled_;
  std::vector<std::size_t> spilled_at_;   // into found_
  std::vector<std::string> joined_;       // whole records of those that spilled
  std::vector<member> members_;
  std::vector<std::size_t> device_counts_;  // by member
  std::vector<told_run> told_;              // points into marks_
  std::vector<instant_mark> marked_;        // by member
  std::vector<std::size_t> mark_counts_;    // likewise
  std::vector<viewed_device> viewed_;
  std::string letters_;  // of tokens that had to be written out
  std::vector<member_device> devices_;
};

// One block, whole: records, marks, and the second halves of long records; for a digest also what
// its members were told at once.
task<result<std::unique_ptr<read_block>>> read_whole_block(client& redis, block_place at,
                                                           bool with_instant);

}  // namespace paperboy::redis
