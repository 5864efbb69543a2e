#include "core/domain/zone.hpp"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>

namespace paperboy {

struct zone::entry {
  std::string name;
  std::string target;  // what a link stands for; empty for a zone
  mutable std::once_flag once;
  mutable bool usable = false;
  mutable cctz::time_zone rules;

  // A link without a file of its own (Debian's tzdata-legacy) has its target's rules.
  bool load() const {
    std::call_once(once, [this] {
      usable = cctz::load_time_zone(name, &rules) ||
               (!target.empty() && cctz::load_time_zone(target, &rules));
    });
    return usable;
  }
};

namespace {

constexpr std::size_t longest_line = 1024;

struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>{}(text);
  }
};

// tzdata.zi (zic(8), the compact form): "# version V", "Z name …", "L target name".
struct name_list {
  std::string version;
  // Looked up several times for each request.
  std::unordered_map<std::string, zone::entry, text_hash, std::equal_to<>> entries;
  std::vector<std::string_view> names;

  name_list() {
    const char* folder = std::getenv("TZDIR");
    if (folder == nullptr || *folder == '\0') folder = "/usr/share/zoneinfo";
    std::ifstream file{std::string{folder} + "/tzdata.zi"};
    std::string line;
    while (std::getline(file, line)) {
      if (line.size() <= longest_line) take(line);
    }
    names.reserve(entries.size());
    for (const auto& [name, unused] : entries) names.push_back(name);
    std::ranges::sort(names);
  }

 private:
  void take(std::string_view line) {
    constexpr std::string_view version_mark = "# version ";
    if (version.empty() && line.starts_with(version_mark)) {
      version = line.substr(version_mark.size());
      return;
    }
    const bool link = line.starts_with("L ");
    if (!link && !line.starts_with("Z ")) return;
    line.remove_prefix(2);
    const auto space = line.find(' ');
    if (space == std::string_view::npos) return;
    const auto first = line.substr(0, space);
    if (link) {
      add(line.substr(space + 1), first);
    } else {
      add(first, {});
    }
  }

  void add(std::string_view name, std::string_view target) {
    if (name.empty() || name.find(' ') != std::string_view::npos) return;
    zone::entry& e = entries[std::string{name}];
    e.name = name;
    e.target = target;
  }
};

// Read once; cctz, too, keeps what it has read for the life of the process.
const name_list& tzdata() {
  static const name_list list;
  return list;
}

cctz::civil_day to_civil(local_date date) noexcept {
  return cctz::civil_day(1970, 1, 1) + date.days;
}

cctz::time_point<cctz::seconds> to_cctz(instant when) noexcept {
  return std::chrono::floor<cctz::seconds>(when);
}

// Whether the gap that ends at `transition` swallows the whole date.
bool swallows(const cctz::time_zone& rules, cctz::time_point<cctz::seconds> transition,
              cctz::civil_day date) {
  const auto last_before = rules.lookup(transition - cctz::seconds{1}).cs;
  const auto first_after = rules.lookup(transition).cs;
  return last_before < cctz::civil_second(date) && first_after >= cctz::civil_second(date + 1);
}

}  // namespace

result<zone> zone::named(std::string_view name) {
  const auto& list = tzdata();
  if (list.entries.empty()) return make_error_code(errc::unavailable);
  const auto found = list.entries.find(name);
  if (found == list.entries.end()) return make_error_code(errc::invalid);
  if (!found->second.load()) return make_error_code(errc::unavailable);
  return zone{&found->second};
}

zone zone::utc() noexcept {
  static const entry* const utc = [] {
    static entry e;
    e.name = "UTC";
    e.load();  // cctz needs no file for "UTC"
    return &e;
  }();
  return zone{utc};
}

std::string_view zone::name() const noexcept {
  return entry_->name;
}

local_moment zone::at(instant when) const noexcept {
  const auto found = entry_->rules.lookup(to_cctz(when));
  const cctz::civil_day day{found.cs};
  return {.date = {static_cast<std::int32_t>(day - cctz::civil_day(1970, 1, 1))},
          .time = std::chrono::seconds{found.cs - cctz::civil_second(day)},
          .offset = std::chrono::seconds{found.offset}};
}

std::optional<instant> zone::first(local_date date, std::chrono::minutes time) const noexcept {
  const auto day = to_civil(date);
  const auto& rules = entry_->rules;
  const auto found = rules.lookup(cctz::civil_second(day) + std::chrono::seconds{time}.count());
  if (found.kind != cctz::time_zone::civil_lookup::SKIPPED) return instant{found.pre};
  if (swallows(rules, found.trans, day)) return std::nullopt;
  return instant{found.trans};
}

const std::vector<std::string_view>& zone_names() {
  return tzdata().names;
}

std::string_view tzdata_version() {
  return tzdata().version;
}

}  // namespace paperboy
