#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/flows/message_source.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace paperboy {

struct app_context;

// Makes the messages of a run: loads what was frozen for it.
using source_maker = std::function<task<result<std::shared_ptr<message_source>>>(
    const app_context& app, const std::string& run)>;

// The sources of the runs under way. All blocks of a run are claimed at the same moment, and a
// source is hundreds of reads: it is made once, and whoever asks meanwhile waits for it. Belongs to
// one thread.
class source_cache {
 public:
  static constexpr std::size_t most = 32;  // runs whose editions are kept in memory

  explicit source_cache(source_maker make) : make_(std::move(make)) {}

  // The newest `most` are kept; deliveries under way hold the source that they use. An error is
  // shared by those who waited, and not kept. Throws what the maker throws.
  task<result<std::shared_ptr<message_source>>> of(const app_context& app, const std::string& run);

 private:
  // One that is being made, and those who wait for it.
  struct making;
  class announcement;

  source_maker make_;
  std::map<std::string, std::shared_ptr<message_source>> made_;  // "app|run"
  std::vector<std::string> order_;                               // of them, oldest first
  std::map<std::string, std::shared_ptr<making>> under_way_;
};

}  // namespace paperboy
