#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "core/domain/local_date.hpp"
#include "core/domain/outcome.hpp"
#include "core/result.hpp"

namespace paperboy {

// What clock and calendar on the wall show at an instant.
struct local_moment {
  local_date date;
  std::chrono::seconds time{};    // since the wall clock's midnight, 0 to 86,399
  std::chrono::seconds offset{};  // of the local time from UTC; east is positive
};

// A time zone of the system's tzdata. One pointer: cheap to copy, safe to use from all threads.
// Zones are read when first named and kept for the life of the process, so that a tzdata update
// takes effect with the next start.
class zone {
 public:
  // By its IANA name, zones and links alike; case counts. Only a name that stands in the system's
  // tzdata.zi is looked at, so that no path, abbreviation or offset ("UTC+3", "+03:00") gets
  // through; "Etc/GMT+3" is a name. The list and the zones come from $TZDIR, else
  // /usr/share/zoneinfo. errc::invalid: no such name. errc::unavailable: no tzdata.zi, or the
  // zone's file is missing or broken.
  static result<zone> named(std::string_view name);
  static zone utc() noexcept;

  // As it was asked for: a link keeps its own name.
  std::string_view name() const noexcept;

  local_moment at(instant when) const noexcept;

  // The first instant at which the wall clock shows `time` (0 to 23:59) on `date`. A time that the
  // clock skips gives the first valid instant after the gap, even on the next date; one that comes
  // twice the first. None where the zone skips the whole date (Apia, 2011-12-30).
  std::optional<instant> first(local_date date, std::chrono::minutes time) const noexcept;

  friend bool operator==(const zone& a, const zone& b) noexcept { return a.name() == b.name(); }

  struct entry;  // private to zone.cpp

 private:
  explicit zone(const entry* e) noexcept : entry_(e) {}
  const entry* entry_;
};

// All names that zone::named takes, in byte order; empty without a tzdata.zi.
const std::vector<std::string_view>& zone_names();

// "2026f"; empty without a tzdata.zi.
std::string_view tzdata_version();

}  // namespace paperboy
