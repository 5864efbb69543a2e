#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include "core/domain/identifiers.hpp"

namespace paperboy {

// Whom this thread works for at this instant. A process that ends by its own fault can still say it
// (adapters/command_line/last_words.hpp): read by the handler of a signal, on the thread at fault.
struct served_reader {
  const std::string* run = nullptr;  // null: nobody
  std::uint32_t shard = 0;
  subscriber_id id;
};
inline constinit thread_local served_reader now_served{};

// For as long as nothing but one reader is worked on: no co_await while it lives. An exception that
// passes through leaves the reader standing, because it ends the process further up.
class serving {
 public:
  // `run` outlives this.
  serving(std::uint32_t shard, const std::string& run, const subscriber_id& id) noexcept
      : before_(now_served) {
    now_served = {&run, shard, id};
  }
  ~serving() {
    if (std::uncaught_exceptions() == 0) now_served = before_;
  }
  serving(const serving&) = delete;
  serving& operator=(const serving&) = delete;

 private:
  served_reader before_;
};

}  // namespace paperboy
