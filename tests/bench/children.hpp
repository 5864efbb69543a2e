#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace paperboy::bench {

// A child that ends with its parent: 0 in the child, its number in the parent. Gives up when there is
// none to be had.
pid_t fork_child();

struct child_cost {
  std::string failure;       // why the rest says nothing; empty: it ended with exit status 0
  double cpu_seconds = 0;    // user and system
  double most_resident = 0;  // MiB
};

// Runs a program, `words` being its path or its name in PATH and its arguments, until it ends or
// `limit` has passed. What it writes to standard output is thrown away.
child_cost run_child(const std::vector<std::string>& words, std::chrono::seconds limit);

}  // namespace paperboy::bench
