#pragma once

#include <chrono>
#include <map>
#include <string>

#include "adapters/redis/client.hpp"
#include "core/ports/run_book.hpp"

namespace paperboy::redis {

// Runs on Redis: keys.hpp has the layout, scripts/{look,open,run_start,run_report}.lua the steps.
class run_book_store final : public run_book {
 public:
  struct settings {
    std::uint32_t shards = 16;
    std::chrono::seconds kept{std::chrono::days{30}};  // a run, from its end
  };

  run_book_store(client& redis, settings s);

  task<result<std::vector<shard_look>>> look() override;
  task<result<run_state>> start(const std::string& app, const std::string& run,
                                instant at) override;
  task<result<void>> open(std::uint32_t shard, const std::string& app, const std::string& run,
                          instant at, instant deadline, instant claims_from,
                          std::span<const part_opening> parts) override;
  task<result<void>> reconcile(const std::string& app) override;
  task<result<paperboy::run>> find(const std::string& app, const std::string& run) override;
  task<result<page>> list(const std::string& app, std::string_view kind, std::size_t limit,
                          std::string_view cursor) override;
  task<result<std::vector<slot_report>>> slots_of(const stored_subscriber& s,
                                                  std::size_t most) override;

 private:
  task<result<void>> reconcile_run(const std::string& app, const std::string& run);
  task<result<paperboy::run>> ended(paperboy::run r);
  task<result<slot_report>> slot_of(const stored_subscriber& s, const std::string& cohort,
                                    local_date date, instant at);

  client& redis_;
  settings with_;
};

}  // namespace paperboy::redis
