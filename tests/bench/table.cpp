// Puts figures beside their targets: reads lines of JSON as the benchmarks print them, in which
// "target_x" is the most, or for "reached" the least, that "x" should be.
//
//   bench_table FIGURES.ndjson
#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <string>

namespace json = boost::json;

namespace {

// What tells a row from others of its bench: its texts, and the sizes that it was run with.
std::string name_of(const json::object& row) {
  std::string name(row.at("bench").as_string());
  for (const auto& [key, value] : row) {
    if (key == "bench") continue;
    if (value.is_string()) name += ' ' + std::string(value.as_string());
    if (key == "window") name += " window " + json::serialize(value);
  }
  return name;
}

double number(const json::value& v) { return v.is_double() ? v.as_double() : v.to_number<double>(); }

}  // namespace

int main(int count, char** words) {
  std::ifstream file(count == 2 ? words[1] : "");
  if (!file) {
    std::fprintf(stderr, "usage: bench_table FIGURES.ndjson\n");
    return 64;
  }
  constexpr std::string_view prefix = "target_";
  int missed = 0;
  std::printf("%-44s %-18s %10s %10s\n", "bench", "figure", "measured", "target");
  for (std::string line; std::getline(file, line);) {
    const auto row = json::parse(line).as_object();
    for (const auto& [key, value] : row) {
      if (!std::string_view(key).starts_with(prefix)) continue;
      const std::string figure(std::string_view(key).substr(prefix.size()));
      const auto* const found = row.if_contains(figure);
      if (found == nullptr) continue;
      const double is = number(*found), target = number(value);
      const bool at_least = figure == "reached";
      const bool met = at_least ? is >= target : is <= target;
      missed += met ? 0 : 1;
      std::printf("%-44s %-18s %10.3f %s %8.3f  %s\n", name_of(row).c_str(), figure.c_str(), is,
                  at_least ? ">=" : "<=", target, met ? "" : "missed");
    }
  }
  std::printf("%d missed\n", missed);
}
