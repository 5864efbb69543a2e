#pragma once

#include <string>
#include <utility>
#include <vector>

namespace paperboy::command_line {

struct program_result {
  int status = -1;  // exit status; 128 + the signal's number if one ended it
  std::string out;
  std::string err;
};

// Runs the built program to its end, for at most 30 seconds, with these variables beside the test's.
program_result run_program(const std::vector<std::string>& arguments,
                           const std::vector<std::pair<std::string, std::string>>& variables = {});

}  // namespace paperboy::command_line
