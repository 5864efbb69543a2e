#include "core/flows/commit_queue.hpp"

#include <algorithm>

namespace paperboy {

task<result<commit_answer>> commit_queue::commit(const claim& c, std::span<const slot_end> ends,
                                                 bool last, std::size_t pushes) {
  waiting mine{{&c, ends, last}, std::nullopt, {}};
  const auto found = std::ranges::find_if(
      open_, [&](const group* g) { return g->shard == c.shard && g->lane == c.lane; });
  if (found != open_.end()) {
    join(**found, mine, pushes);
    co_await mine.done.wait();
  } else {
    group first{c.shard, c.lane, {}, 0, {}};
    open_.push_back(&first);
    join(first, mine, pushes);
    co_await commit_for_all(first);
  }
  co_return *mine.answer;
}

void commit_queue::join(group& g, waiting& w, std::size_t pushes) {
  g.members.push_back(&w);
  g.pushes += pushes;
  pushes_ += pushes;
  ++waiting_;
  go_if_due();
}

task<void> commit_queue::commit_for_all(group& all) {
  co_await all.go.wait_for(patience);
  std::erase(open_, &all);
  pushes_ -= all.pushes;
  waiting_ -= all.members.size();
  std::vector<block_commit> blocks;
  blocks.reserve(all.members.size());
  for (const waiting* w : all.members) blocks.push_back(w->what);
  auto answers = co_await blocks_.commit_all(blocks);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    waiting& w = *all.members[i];
    if (answers) {
      w.answer.emplace(std::move((*answers)[i]));
    } else {
      w.answer.emplace(answers.error());
    }
    w.done.notify();
  }
}

void commit_queue::ended() noexcept {
  --present_;
  go_if_due();
}

// All groups at once: what they ask goes out in one write.
void commit_queue::go_if_due() noexcept {
  if (waiting_ == 0 || (pushes_ < enough_ && waiting_ < present_)) return;
  for (group* g : open_) g->go.notify();
}

}  // namespace paperboy
