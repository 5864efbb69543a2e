#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

namespace paperboy::http {

// What is being done at the moment in this thread, by name; at most as much as there are requests.
class under_way {
  using names = std::set<std::string, std::less<>>;

 public:
  // Ends what it stands for when it goes.
  class entry {
   public:
    entry(std::shared_ptr<names> all, names::iterator self) noexcept
        : all_(std::move(all)), self_(self) {}
    entry(entry&& other) noexcept = default;  // leaves `other` without names
    entry& operator=(entry&&) = delete;
    ~entry() {
      if (all_) all_->erase(self_);
    }

   private:
    std::shared_ptr<names> all_;  // shared: a request may outlive its server's handlers
    names::iterator self_;
  };

  // Nothing if that is under way already.
  std::optional<entry> begin(std::string name);

 private:
  std::shared_ptr<names> all_ = std::make_shared<names>();
};

}  // namespace paperboy::http
