// Puts figures beside their targets: reads lines of JSON as the benchmarks print them, in which
// "target_x" is the most, or for "reached" the least, that "x" should be; with them the ratios of what
// they are compared with, which has no target. Of rows that were measured several times, the median.
//
//   bench_table FIGURES.ndjson
#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/measuring.hpp"

namespace json = boost::json;
namespace bench = paperboy::bench;

namespace {

struct figure {
  std::string row, name;
  std::optional<double> target;
  std::vector<double> measured;
};

// What tells a row from others of its bench: its texts, and the sizes that it was run with.
std::string name_of(const json::object& row) {
  std::string name(row.at("bench").as_string());
  for (const auto& [key, value] : row) {
    if (key == "bench") continue;
    if (value.is_string()) name += ' ' + std::string(value.as_string());
    if (key == "window" || key == "notified") {
      name += ' ' + std::string(key) + ' ' + json::serialize(value);
    }
  }
  return name;
}

double number(const json::value& v) { return v.is_double() ? v.as_double() : v.to_number<double>(); }

figure& in(std::vector<figure>& all, const std::string& row, std::string_view name,
           std::optional<double> target) {
  for (figure& f : all) {
    if (f.row == row && f.name == name) return f;
  }
  return all.emplace_back(figure{row, std::string(name), target, {}});
}

}  // namespace

int main(int count, char** words) {
  std::ifstream file(count == 2 ? words[1] : "");
  if (!file) {
    std::fprintf(stderr, "usage: bench_table FIGURES.ndjson\n");
    return 64;
  }
  constexpr std::string_view prefix = "target_";
  std::vector<figure> all;
  for (std::string line; std::getline(file, line);) {
    const auto row = json::parse(line).as_object();
    bool compared_with = row.contains("ratio");
    for (const auto& [key, value] : row) {
      if (!std::string_view(key).starts_with(prefix)) continue;
      const std::string_view name = std::string_view(key).substr(prefix.size());
      const auto* const found = row.if_contains(name);
      if (found == nullptr) continue;
      compared_with = false;
      in(all, name_of(row), name, number(value)).measured.push_back(number(*found));
    }
    if (compared_with) {
      in(all, name_of(row), "ratio", {}).measured.push_back(number(row.at("ratio")));
    }
  }
  int missed = 0;
  std::printf("%-44s %-18s %4s %10s %10s\n", "bench", "figure", "runs", "median", "target");
  for (const figure& f : all) {
    const double is = bench::median(f.measured);
    if (!f.target) {
      std::printf("%-44s %-18s %4zu %10.3f\n", f.row.c_str(), f.name.c_str(), f.measured.size(), is);
      continue;
    }
    const bool at_least = f.name == "reached";
    const bool met = at_least ? is >= *f.target : is <= *f.target;
    missed += met ? 0 : 1;
    std::printf("%-44s %-18s %4zu %10.3f %s %8.3f  %s\n", f.row.c_str(), f.name.c_str(),
                f.measured.size(), is, at_least ? ">=" : "<=", *f.target, met ? "" : "missed");
  }
  std::printf("%d missed\n", missed);
}
