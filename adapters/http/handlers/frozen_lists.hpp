#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "core/ports/newsroom.hpp"

namespace paperboy::http {

// The frozen candidates of the runs whose editions are being opened: after a digest many phones ask
// for the same list within minutes. A frozen list never changes; the few used last are kept, and
// none longer than `kept`, so that it outlives its retention by no more. Belongs to one thread.
class frozen_lists {
 public:
  static constexpr std::size_t most_lists = 8;
  static constexpr std::chrono::minutes kept{10};

  using list = std::shared_ptr<const std::vector<item>>;

  explicit frozen_lists(newsroom& news) : news_(news) {}

  // As newsroom::frozen().
  task<result<list>> of(const std::string& app, const std::string& run, instant now);

 private:
  struct entry {
    std::string app;
    std::string run;
    instant read_at;
    list items;
  };

  newsroom& news_;
  std::list<entry> entries_;  // the one used last first
};

}  // namespace paperboy::http
