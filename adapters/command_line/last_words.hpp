#pragma once

#include <chrono>
#include <memory>

#include "adapters/redis/url.hpp"

namespace paperboy::command_line {

// While it lives, a thread that ends the process by its own fault (SIGSEGV, SIGBUS, SIGILL, SIGFPE,
// SIGABRT) in the midst of one reader's push has that reader written down in Redis first
// (adapters/redis/blame.hpp), so that whoever brings workers down is known and set aside. The log says
// it too. Another thread does the writing, with a connection of its own: the one at fault only rings,
// and waits for it, at most last_words::patience. What cannot be said by then is not said.
//
// One at a time in a process.
class last_words {
 public:
  static constexpr std::chrono::milliseconds patience{1500};

  // `kept`: for how long Redis remembers.
  last_words(const redis::url& where, std::chrono::seconds kept);
  ~last_words();
  last_words(const last_words&) = delete;
  last_words& operator=(const last_words&) = delete;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace paperboy::command_line
