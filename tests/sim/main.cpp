// sim --seed N [--trace] | sim --from N --count M

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstring>
#include <optional>

#include "tests/sim/world.hpp"

namespace {

std::optional<std::uint64_t> number(const char* text) {
  std::uint64_t n = 0;
  const char* const end = text + std::strlen(text);
  const auto parsed = std::from_chars(text, end, n);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return n;
}

int usage() {
  fmt::print(stderr,
             "sim --seed N [--trace]     plays one seed\n"
             "sim --from N --count M     plays M seeds\n");
  return 64;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t from = 1, count = 1;
  bool traced = false, one = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--trace") {
      traced = true;
      continue;
    }
    const auto n = i + 1 < argc ? number(argv[++i]) : std::nullopt;
    if (!n) return usage();
    if (word == "--seed") {
      from = *n;
      one = true;
    } else if (word == "--from") {
      from = *n;
    } else if (word == "--count") {
      count = *n;
    } else {
      return usage();
    }
  }
  if (one) count = 1;

  const auto words = paperboy::templates::built_in();
  const auto began = std::chrono::steady_clock::now();
  paperboy::sim::judge::numbers all;
  std::uint64_t failed = 0;
  std::chrono::milliseconds simulated{0};
  for (std::uint64_t seed = from; seed < from + count; ++seed) {
    paperboy::sim::world w(seed, traced, words);
    const auto wrong = w.play();
    simulated += w.lasted();
    const auto& seen = w.seen();
    all.runs += seen.runs;
    all.notifications += seen.notifications;
    all.eligible += seen.eligible;
    all.taken += seen.taken;
    all.copies += seen.copies;
    all.takeovers += seen.takeovers;
    all.gone += seen.gone;
    all.aside += seen.aside;
    if (wrong.empty()) continue;
    ++failed;
    fmt::print("seed {}: {}\n", seed, w.drawn().text());
    for (const auto& sentence : wrong) fmt::print("  {}\n", sentence);
    fmt::print("  again: {} --seed {} --trace\n", argv[0], seed);
  }
  const auto took = std::chrono::steady_clock::now() - began;
  fmt::print(
      "{} seeds, {} failed; {} runs, {} of them notifications, {} eligible devices, "
      "{} pushes taken, {} copies, {} takeovers, {} set aside; {:.0f} s simulated in {:.1f} s\n",
      count, failed, all.runs, all.notifications, all.eligible, all.taken, all.copies,
      all.takeovers, all.aside,
      std::chrono::duration<double>(simulated).count(),
      std::chrono::duration<double>(took).count());
  return failed == 0 ? 0 : 1;
}
