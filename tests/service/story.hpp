#pragma once

#include <future>
#include <string_view>

namespace paperboy::service {

// A course of events around a slot that the tests of one suite look at. Slots come once a minute,
// so all stories are played at once, each on a thread of its own, before the first test; those
// whose suite is filtered out are not played.
class any_story {
 public:
  explicit any_story(std::string_view suite);
  virtual ~any_story() = default;
  any_story(const any_story&) = delete;
  any_story& operator=(const any_story&) = delete;

  std::string_view suite() const noexcept { return suite_; }
  virtual void begin() = 0;
  virtual void finish() noexcept = 0;

 private:
  std::string_view suite_;
};

template <class Outcome>
class story final : public any_story {
 public:
  // `suite` is a literal.
  story(std::string_view suite, Outcome (*play)()) : any_story(suite), play_(play) {}

  // How it ended; throws what `play` threw.
  const Outcome& outcome() const { return end_.get(); }

  void begin() override { end_ = std::async(std::launch::async, play_).share(); }
  void finish() noexcept override {
    if (end_.valid()) end_.wait();
  }

 private:
  Outcome (*play_)();
  std::shared_future<Outcome> end_;
};

}  // namespace paperboy::service
