#include "adapters/command_line/schedule.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <memory>

#include "adapters/command_line/document.hpp"
#include "adapters/command_line/exit_status.hpp"
#include "adapters/command_line/subcommands.hpp"
#include "core/domain/text_time.hpp"
#include "core/wall_time.hpp"

namespace paperboy::command_line {
namespace {

constexpr std::size_t most_slots = 100'000;

struct schedule_options {
  std::string zone;
  std::string time;
  std::string days = to_text(weekdays::all());
  std::string from;
  std::size_t count = 7;
};

// The value, or a usage error with an example.
template <class T>
T need(std::optional<T> parsed, std::string_view option, const std::string& text,
       std::string_view what) {
  if (parsed) return *parsed;
  throw CLI::ValidationError(std::string{option},
                             fmt::format("{} is not {}", in_quotes(text), what));
}

std::optional<zone> find_zone(const std::string& name) {
  const auto found = zone::named(name);
  if (!found) return std::nullopt;
  return *found;
}

int schedule(const schedule_options& o) {
  const zone z = need(find_zone(o.zone), "--zone", o.zone,
                      "an IANA time zone of this system's tzdata, for example Asia/Baku");
  const auto time = need(parse_time_of_day(o.time), "--time", o.time, "a time from 00:00 to 23:59");
  const auto days =
      need(parse_weekdays(o.days), "--days", o.days, "a list of weekdays, for example mon,wed,fri");
  const local_date today = z.at(now_wall()).date;
  const local_date from = o.from.empty() ? today
                                         : need(parse_local_date(o.from), "--from", o.from,
                                                "a date, for example 2026-11-24");
  for (const std::string& line : schedule_lines(z, time, days, from, o.count)) {
    std::cout << line << '\n';
  }
  std::cout << std::flush;
  return exit_good;
}

}  // namespace

std::vector<std::string> schedule_lines(const zone& z, std::chrono::minutes time, weekdays days,
                                        local_date from, std::size_t count) {
  // One date short of the last that can be written: a slot may fall due on the next one.
  const local_date end = *make_local_date(9999, 12, 31);
  std::vector<std::string> lines;
  for (local_date date = from; date < end && lines.size() < count; date = date.plus(1)) {
    if (!days.has(date)) continue;
    if (const auto s = slot_on(z, date, time)) lines.push_back(schedule_line(*s, z));
  }
  return lines;
}

void add_schedule(CLI::App& program, int& status) {
  auto* sub = program.add_subcommand("schedule", "Prints when digests fall due in a time zone");
  sub->footer(
      "A line for each slot: local date, local time, UTC instant. A time that the clocks skip\n"
      "falls due at the first valid instant after the gap, one that comes twice the first time;\n"
      "a date that the zone never had has no slot.\n\n"
      "  paperboy schedule --zone Europe/Berlin --time 02:30 --from 2026-03-28 --count 3");
  auto options = std::make_shared<schedule_options>();
  sub->add_option("--zone", options->zone, "IANA time zone; case counts")->required();
  sub->add_option("--time", options->time, "Local time")->required()->type_name("HH:MM");
  sub->add_option("--days", options->days, "Weekdays")->capture_default_str();
  sub->add_option("--from", options->from, "First local date; else today")->type_name("DATE");
  sub->add_option("--count", options->count, "How many slots")
      ->check(CLI::Range(std::size_t{1}, most_slots))
      ->capture_default_str();
  sub->callback([options, &status] { status = schedule(*options); });
}

}  // namespace paperboy::command_line
