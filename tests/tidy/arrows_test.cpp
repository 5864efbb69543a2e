// The arrows of ARCHITECTURE.md, read from the includes:
// core/domain <- core/ports <- core/flows <- adapters <- adapters/command_line.

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>

#include "tests/tidy/source_files.hpp"

namespace paperboy::tidy {
namespace {

using allowed_rooms = std::set<std::string>;

// "core/domain/slot.hpp" -> "core/domain"; what stands in core itself belongs to "core".
std::string room_of(const std::string& path) {
  const auto first = path.find('/');
  const auto second = path.find('/', first + 1);
  return second == std::string::npos ? path.substr(0, first) : path.substr(0, second);
}

const std::map<std::string, allowed_rooms> arrows{
    {"core", {"core"}},
    {"core/domain", {"core", "core/domain"}},
    {"core/ports", {"core", "core/domain", "core/ports"}},
    {"core/flows", {"core", "core/domain", "core/ports", "core/flows"}},
};

allowed_rooms allowed_for(const std::string& room) {
  if (const auto known = arrows.find(room); known != arrows.end()) return known->second;
  allowed_rooms rooms{"core", "core/domain", "core/ports", "core/flows", "adapters/net", room};
  if (room == "adapters/net") rooms.erase("core/flows");
  return rooms;
}

TEST(arrows, no_room_includes_what_lies_behind_it) {
  const std::regex include("#include \"((core|adapters)/[^\"]+)\"");
  for (const char* folder : {"core", "adapters"}) {
    for (const auto& file : files(folder, {".hpp", ".cpp"})) {
      const std::string room = room_of(shown(file));
      if (room == "adapters/command_line") continue;  // the only place that knows everything
      const auto allowed = allowed_for(room);
      const std::string text = read(file);
      for (std::sregex_iterator at(text.begin(), text.end(), include), end; at != end; ++at) {
        EXPECT_TRUE(allowed.contains(room_of((*at)[1])))
            << shown(file) << " includes " << (*at)[1] << ", which is not for " << room;
      }
    }
  }
}

TEST(arrows, only_task_names_asio_inside_core) {
  for (const auto& file : files("core", {".hpp", ".cpp"})) {
    if (file.stem() == "task") continue;
    EXPECT_EQ(read(file).find("boost/asio"), std::string::npos) << shown(file);
  }
}

TEST(arrows, the_domain_knows_no_coroutine_and_no_clock) {
  for (const auto& file : files("core/domain", {".hpp", ".cpp"})) {
    const std::string text = read(file);
    for (const char* banned : {"core/task.hpp", "co_await", "system_clock::now", "steady_clock::now"}) {
      EXPECT_EQ(text.find(banned), std::string::npos) << shown(file) << ": " << banned;
    }
  }
}

}  // namespace
}  // namespace paperboy::tidy
