#include "adapters/http/handlers/frozen_lists.hpp"

namespace paperboy::http {

task<result<frozen_lists::list>> frozen_lists::of(const std::string& app, const std::string& run,
                                                  instant now) {
  entries_.remove_if([now](const entry& e) { return now - e.read_at >= kept; });
  for (auto e = entries_.begin(); e != entries_.end(); ++e) {
    if (e->app != app || e->run != run) continue;
    entries_.splice(entries_.begin(), entries_, e);
    co_return e->items;
  }
  auto read = co_await news_.frozen(app, run);
  if (!read) co_return read.error();
  auto items = std::make_shared<const std::vector<item>>(std::move(*read));
  entries_.push_front({app, run, now, items});
  if (entries_.size() > most_lists) entries_.pop_back();
  co_return items;
}

}  // namespace paperboy::http
