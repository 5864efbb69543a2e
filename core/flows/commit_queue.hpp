#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "core/ports/walk.hpp"
#include "core/task.hpp"

namespace paperboy {

// Joins what the blocks of one worker have to commit: the blocks of one shard and lane go in one call,
// and the calls of several shards in one write, because a commit costs the store little more for ten
// blocks than for one. Belongs to one thread.
class commit_queue {
 public:
  // What is waiting goes at once when it holds `enough` pushes of the window, or when every block under
  // delivery waits here.
  commit_queue(walk& blocks, std::size_t enough) : blocks_(blocks), enough_(enough) {}
  commit_queue(const commit_queue&) = delete;
  commit_queue& operator=(const commit_queue&) = delete;

  // As walk::commit(), after at most `patience`. `pushes`: of the window, held until this is done.
  task<result<commit_answer>> commit(const claim& c, std::span<const slot_end> ends, bool last,
                                     std::size_t pushes);

  // A block is under delivery, and may have something to commit; it is not any more.
  void began() noexcept { ++present_; }
  void ended() noexcept;

 private:
  static constexpr std::chrono::milliseconds patience{1};

  struct waiting {
    block_commit what;
    std::optional<result<commit_answer>> answer;
    signal done;
  };
  // Of one shard and lane; lives in the coroutine of its first member, which commits for all.
  struct group {
    std::uint32_t shard;
    send_lane lane;
    std::vector<waiting*> members;
    std::size_t pushes = 0;
    signal go;
  };

  task<void> commit_for_all(group& all);
  void join(group& g, waiting& w, std::size_t pushes);
  void go_if_due() noexcept;

  walk& blocks_;
  std::size_t enough_;
  std::size_t present_ = 0;
  std::size_t waiting_ = 0;  // in open groups, as is …
  std::size_t pushes_ = 0;
  std::vector<group*> open_;
};

}  // namespace paperboy
