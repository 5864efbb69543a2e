#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/command_line/demo/public_api.hpp"
#include "adapters/command_line/demo/terminal_text.hpp"
#include "adapters/command_line/demo/verdict.hpp"

namespace paperboy::command_line::demo {

// A digest as its phone shows it, in a box: whose phone, where and when; title, body, link and
// picture; when the gateway had it, against when it was due.
std::string shown_phone(const demo_phone& phone, const simulators::received_push& push, instant due,
                        std::size_t items, const palette& p);

// The items behind a tap, numbered.
std::string shown_edition(const std::vector<edition_item>& items, const palette& p);

// "  eligible 17 = accepted 14 + … + skipped 2 + pending 0", and the reasons on a line below.
std::string shown_ledger(const run_numbers& run);

// "12:42"
std::string clock_in(std::string_view time_zone, instant at);

// Where the demo tells its story: standard output, with colour and a line that moves on a terminal
// (unless NO_COLOR is set), plain text anywhere else. Throws `interrupted` when nobody takes it any
// more.
class screen {
 public:
  screen();
  ~screen();
  screen(const screen&) = delete;
  screen& operator=(const screen&) = delete;

  const palette& colour() const noexcept { return palette_; }

  void heading(std::string_view text);
  // "  Topic     text", wrapped beside the topic.
  void line(std::string_view topic, std::string_view text);
  void block(std::string_view text);  // as it is
  void checked(std::string_view text, const std::vector<std::string>& wrong);

  // On a terminal, in the place of what it said before; elsewhere only the first time.
  void waiting(instant until, instant from, instant now);
  void waited();

 private:
  void said();

  bool terminal_;
  bool waiting_ = false;
  palette palette_;
};

}  // namespace paperboy::command_line::demo
