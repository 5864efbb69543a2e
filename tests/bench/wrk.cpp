#include "tests/bench/wrk.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace paperboy::bench {
namespace {

// What the script `load_report.lua` prints at the end.
constexpr std::string_view report = "load-report ";

}  // namespace

bool installed(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

load_result run_load(const load& l, std::uint16_t port, unsigned seconds) {
  const std::string folder = PAPERBOY_BENCH_DIR;
  std::string command = "LUA_PATH='" + folder + "/?.lua' wrk -t1 -c64 -d" +
                        std::to_string(seconds) + "s -s '" + folder + '/' +
                        std::string(l.script) + "' -- http://127.0.0.1:" + std::to_string(port);
  for (const auto& a : l.arguments) command += " '" + a + '\'';
  command += " 2>&1";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), &::pclose);
  if (!pipe) throw std::runtime_error("cannot start wrk");
  load_result r;
  std::array<char, 4096> bytes;
  while (const std::size_t n = std::fread(bytes.data(), 1, bytes.size(), pipe.get())) {
    r.said.append(bytes.data(), n);
  }
  const auto at = r.said.find(report);
  double microseconds = 0;
  if (at == std::string::npos || std::sscanf(r.said.c_str() + at + report.size(), "%lf %lf %lf",
                                             &r.requests, &microseconds, &r.errors) != 3) {
    throw std::runtime_error("wrk says: " + r.said);
  }
  r.seconds = microseconds * 1e-6;
  return r;
}

}  // namespace paperboy::bench
