#pragma once

#include <filesystem>

namespace paperboy::command_line::demo {

struct demo_options {
  std::filesystem::path items;  // NDJSON, as POST …/items takes it; empty: the sample newsroom
  std::filesystem::path keep;   // see installation_options
};

inline constexpr int exit_not_as_it_should_be = 1;
inline constexpr int exit_interrupted = 130;  // as a shell calls the end by SIGINT

// One slot of a newsroom on this machine, from publishing to what the phones show, through the
// public API, with every outcome checked. Returns the exit status.
int run_demo(const demo_options& options);

}  // namespace paperboy::command_line::demo
