#include "tests/bench/measuring.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>

namespace paperboy::bench {

double cpu_seconds() noexcept {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double resident_megabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

double median(std::vector<double> of) {
  std::ranges::sort(of);
  return of[of.size() / 2];
}

void give_up(const std::string& why) {
  std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, why.c_str());
  std::exit(1);
}

std::size_t argument(int count, char** words, int n, std::size_t otherwise) {
  if (n >= count) return otherwise;
  std::size_t value = 0;
  const char* const end = words[n] + std::strlen(words[n]);
  if (std::from_chars(words[n], end, value).ptr != end || value == 0) {
    give_up(std::string(words[n]) + " is not a number above 0");
  }
  return value;
}

}  // namespace paperboy::bench
