#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace paperboy {

// The instants at which a test ends the program, to see that nobody is lost by it: before and after
// every step that Redis, a gateway or another process can see. Only a build with
// PAPERBOY_KILL_POINTS stops at them; in every other one they are nothing.
inline constexpr std::array<std::string_view, 38> kill_point_names{
    // a digest run comes to be
    "before_run_start", "after_run_start", "after_freeze", "after_open_shard", "after_open_noted",
    // breaking news is entered, and opened
    "before_enter", "after_enter", "after_run_item", "before_open_news", "after_news_listed",
    "after_open_news_shard", "after_open_news_noted", "before_news_opened",
    "after_news_opened",
    // a block is delivered
    "before_claim", "after_claim", "after_read", "before_note", "after_note", "before_send",
    "after_send", "after_answer", "before_commit", "after_commit", "before_forget", "after_forget",
    "before_finish", "after_finish", "before_release", "after_release",
    // an entry of the retry set is tried again
    "before_retry_claim", "after_retry_claim", "before_retry_send", "after_retry_send",
    "before_retry_settle", "after_retry_settle",
    // a shard reports that its part is done
    "before_report", "after_report"};

// One of them; a name that is not in the list does not compile.
class kill_point {
 public:
  consteval kill_point(const char* name) : number_(number_of(name)) {}

  constexpr std::size_t number() const noexcept { return number_; }

 private:
  static consteval std::size_t number_of(std::string_view name) {
    for (std::size_t i = 0; i < kill_point_names.size(); ++i) {
      if (kill_point_names[i] == name) return i;
    }
    throw "not in kill_point_names";
  }

  std::size_t number_;
};

// The variable of the environment that says where such a build ends at once. (Those that begin with
// PAPERBOY_ are settings.)
//   after_send         the first time that it is reached
//   after_send:7       the seventh time, on whatever thread
//   after_send@0f3c…   every time that it is reached for that subscriber: a record that brings its
//                      worker down again and again
inline constexpr const char* kill_point_variable = "KILL_POINT";

#ifdef PAPERBOY_KILL_POINTS
inline constexpr bool kill_points_are_on = true;
void reached(kill_point point) noexcept;
// `subscriber`: the raw bytes of its id.
void reached(kill_point point, std::string_view subscriber) noexcept;
#else
inline constexpr bool kill_points_are_on = false;
inline void reached(kill_point) noexcept {}
inline void reached(kill_point, std::string_view) noexcept {}
#endif

}  // namespace paperboy
