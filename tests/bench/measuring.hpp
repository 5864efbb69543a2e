#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace paperboy::bench {

// Of the whole process, user and system.
double cpu_seconds() noexcept;
double resident_megabytes();
// Of numbers that are not none. The upper one of an even count.
double median(std::vector<double> of);

// Says why on standard error and ends the program with 1.
[[noreturn]] void give_up(const std::string& why);

template <class T>
T need(result<T> r, const char* what) {
  if (!r) give_up(std::string(what) + ": " + r.error().message());
  if constexpr (!std::is_void_v<T>) return std::move(*r);
}

// The n-th word of the command line as a number, or what it is without.
std::size_t argument(int count, char** words, int n, std::size_t otherwise);

}  // namespace paperboy::bench
