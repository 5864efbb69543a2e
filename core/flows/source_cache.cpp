#include "core/flows/source_cache.hpp"

#include <utility>

#include "core/flows/outbox.hpp"

namespace paperboy {

struct source_cache::making {
  result<std::shared_ptr<message_source>> made = errc::unavailable;
  bool over = false;
  std::vector<std::shared_ptr<signal>> waiting;
};

// Ends what is under way, even when the maker throws.
class source_cache::announcement {
 public:
  announcement(source_cache& of, std::string name, std::shared_ptr<making> what)
      : of_(of), name_(std::move(name)), what_(std::move(what)) {
    of_.under_way_.emplace(name_, what_);
  }
  ~announcement() {
    of_.under_way_.erase(name_);
    what_->over = true;
    for (const auto& s : what_->waiting) s->notify();
  }
  announcement(const announcement&) = delete;
  announcement& operator=(const announcement&) = delete;

 private:
  source_cache& of_;
  std::string name_;
  std::shared_ptr<making> what_;
};

task<result<std::shared_ptr<message_source>>> source_cache::of(const app_context& app,
                                                               const std::string& run) {
  const std::string name = app.id + '|' + run;
  if (const auto known = made_.find(name); known != made_.end()) co_return known->second;
  if (const auto other = under_way_.find(name); other != under_way_.end()) {
    const auto awaited = other->second;
    const auto over = std::make_shared<signal>();
    awaited->waiting.push_back(over);
    while (!awaited->over) co_await over->wait();
    co_return awaited->made;
  }
  const auto mine = std::make_shared<making>();
  const announcement end(*this, name, mine);
  mine->made = co_await make_(app, run);
  if (!mine->made) co_return mine->made;
  if (order_.size() >= most) {
    made_.erase(order_.front());
    order_.erase(order_.begin());
  }
  made_.emplace(name, *mine->made);
  order_.push_back(name);
  co_return mine->made;
}

}  // namespace paperboy
