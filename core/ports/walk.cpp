#include "core/ports/walk.hpp"

#include <utility>

namespace paperboy {

task<result<commit_answer>> walk::commit(const claim& c, std::span<const slot_end> ends,
                                         bool last) {
  const block_commit one{&c, ends, last};
  auto answers = co_await commit_all({&one, 1});
  if (!answers) co_return answers.error();
  co_return std::move(answers->front());
}

}  // namespace paperboy
