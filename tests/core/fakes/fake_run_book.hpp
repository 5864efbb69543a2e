#pragma once

#include <vector>

#include "core/ports/run_book.hpp"

namespace paperboy::testing {

// Runs that a test entered, newest first; pages by index. It opens nothing.
class fake_run_book final : public run_book {
 public:
  task<result<std::vector<shard_look>>> look() override;
  task<result<run_state>> start(const std::string& app, const std::string& run,
                                instant at) override;
  task<result<void>> open(std::uint32_t shard, const std::string& app, const std::string& run,
                          instant at, instant deadline, instant claims_from,
                          std::span<const part_opening> parts) override;
  task<result<void>> reconcile(const std::string& app) override;
  task<result<run>> find(const std::string& app, const std::string& run) override;
  task<result<page>> list(const std::string& app, std::string_view kind, std::size_t limit,
                          std::string_view cursor) override;
  task<result<std::vector<slot_report>>> slots_of(const stored_subscriber& s,
                                                  std::size_t most) override;

  std::vector<run> runs;
  std::vector<slot_report> slots;
  error_code failure;
};

}  // namespace paperboy::testing
