#include "adapters/command_line/demo/screen.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "adapters/command_line/demo/installation.hpp"
#include "adapters/command_line/demo/stop_request.hpp"
#include "core/domain/text.hpp"
#include "core/domain/text_time.hpp"
#include "core/domain/zone.hpp"

namespace paperboy::command_line::demo {
namespace {

constexpr std::size_t topic_columns = 10;
constexpr std::size_t text_columns = 66;

// A paragraph of a notification, on the side from which it is read.
void put(std::vector<std::string>& lines, std::string_view text, std::string_view style,
         std::string_view reset) {
  if (text.empty()) return;
  const bool right_to_left = direction_of(text) == direction::right_to_left;
  for (const auto& line : wrapped(text, box_columns)) {
    lines.push_back(std::string{style} + filled(line, box_columns, right_to_left) +
                    std::string{reset});
  }
}

bool is_terminal() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) != 0 && term != nullptr && std::string_view{term} != "dumb";
}

bool wants_colour() {
  const char* unwanted = std::getenv("NO_COLOR");  // https://no-color.org
  return unwanted == nullptr || *unwanted == '\0';
}

}  // namespace

std::string clock_in(std::string_view time_zone, instant at) {
  const auto z = zone::named(time_zone);
  const auto local = (z ? *z : zone::utc()).at(at);
  return format_time_of_day(std::chrono::floor<std::chrono::minutes>(local.time));
}

std::string shown_phone(const demo_phone& phone, const simulators::received_push& push, instant due,
                        std::size_t items, const palette& p) {
  const auto& owner = *phone.owner;
  const auto shown = read_payload(owner.system, push.payload);
  std::vector<std::string> lines;
  const auto clock = clock_in(phone.time_zone, due);
  lines.push_back(std::string{p.dim} + filled(app_name, box_columns - 5) + filled(clock, 5, true) +
                  std::string{p.reset});
  put(lines, shown.title, p.bold, p.reset);
  put(lines, shown.body, "", "");
  put(lines, shown.url, p.link, p.reset);
  if (!shown.image_url.empty()) put(lines, "picture " + shown.image_url, p.dim, p.reset);

  const auto language = owner.reads.empty()
                            ? std::string{owner.locale}
                            : fmt::format("{}, reads {}", owner.locale, owner.reads);
  const auto late = std::chrono::duration_cast<std::chrono::milliseconds>(push.at - due).count();
  return boxed(fmt::format("{} · {} · {} · {}", owner.name, owner.model, phone.time_zone, language),
               lines,
               fmt::format("{} {} · came {} ms after it was due", items,
                           items == 1 ? "item" : "items", late),
               p);
}

std::string shown_edition(const std::vector<edition_item>& items, const palette& p) {
  constexpr std::string_view margin = "     ";
  std::string out;
  std::size_t number = 0;
  const auto put_lines = [&](std::string_view text, std::string_view style) {
    for (const auto& line : wrapped(text, box_columns)) {
      out.append(margin).append(style).append(line).append(p.reset).append("\n");
    }
  };
  for (const auto& item : items) {
    const auto title = wrapped(item.title, box_columns);
    out += fmt::format("{}{:>3}. {}{}\n", p.bold, ++number, title.front(), p.reset);
    for (std::size_t i = 1; i < title.size(); ++i) {
      out.append(margin).append(p.bold).append(title[i]).append(p.reset).append("\n");
    }
    if (!item.teaser.empty()) put_lines(item.teaser, "");
    put_lines(item.url, p.link);
  }
  return out;
}

std::string shown_ledger(const run_numbers& run) {
  std::string out = fmt::format(
      "  eligible {} = accepted {} + rejected {} + expired {} + skipped {} + pending {}\n",
      run.eligible, run.accepted, run.rejected, run.expired, run.all_skipped(), run.pending);
  std::string reasons;
  for (const auto& [reason, count] : run.skipped) {
    reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", reason, count);
  }
  if (!reasons.empty()) out += "  Skipped: " + reasons + ".\n";
  return out;
}

screen::screen() : terminal_(is_terminal()) {
  palette_ = terminal_ && wants_colour() ? colours() : no_colours();
}

screen::~screen() {
  if (waiting_ && terminal_) std::cout << "\r\x1b[K" << std::flush;
}

void screen::said() {
  std::cout.flush();
  if (!std::cout) throw interrupted{};
}

void screen::heading(std::string_view text) {
  std::cout << '\n' << palette_.bold << text << palette_.reset << '\n';
  said();
}

void screen::line(std::string_view topic, std::string_view text) {
  auto beside = topic;
  for (const auto& part : wrapped(text, text_columns)) {
    std::cout << "  " << filled(beside, topic_columns) << part << '\n';
    beside = {};
  }
  said();
}

void screen::block(std::string_view text) {
  std::cout << text;
  said();
}

void screen::checked(std::string_view text, const std::vector<std::string>& wrong) {
  const auto mark = wrong.empty() ? palette_.good : palette_.bad;
  std::cout << "  " << mark << (wrong.empty() ? "✓" : "✗") << palette_.reset << ' ' << text << '\n';
  for (const auto& sentence : wrong) std::cout << "      " << sentence << '\n';
  said();
}

void screen::waiting(instant until, instant from, instant now) {
  constexpr std::int64_t cells = 30;
  const auto at = format_instant(until).substr(11, 8);
  const auto left = std::chrono::ceil<std::chrono::seconds>(until - now).count();
  if (!terminal_) {
    if (!waiting_) std::cout << fmt::format("\nWaiting {} s for {} UTC.\n", left, at);
  } else {
    const auto all = std::max<std::int64_t>((until - from).count(), 1);
    const auto done = std::clamp<std::int64_t>((now - from).count() * cells / all, 0, cells);
    std::string bar;
    for (std::int64_t i = 0; i < cells; ++i) bar += i < done ? "━" : "─";
    std::cout << fmt::format("{}\r  Waiting for {} UTC  {}{}{}  {:>2} s ", waiting_ ? "" : "\n", at,
                             palette_.good, bar, palette_.reset, std::max<std::int64_t>(left, 0));
  }
  waiting_ = true;
  said();
}

void screen::waited() {
  if (waiting_ && terminal_) std::cout << "\r\x1b[K";
  waiting_ = false;
  said();
}

}  // namespace paperboy::command_line::demo
