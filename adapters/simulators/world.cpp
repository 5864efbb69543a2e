#include "adapters/simulators/world.hpp"

#include <array>
#include <stdexcept>

namespace paperboy::simulators {

world::world(gateway_options o)
    : options(std::move(o)),
      phones(options.received_limit),
      faults(options.seed),
      tokens(options.seed),
      random(options.seed) {
  for (const fault& f : options.faults) faults.add(f);
  if (options.log_file.empty()) return;
  log_.reset(std::fopen(options.log_file.c_str(), "ae"));
  if (!log_) throw std::runtime_error("cannot write the log file " + options.log_file);
}

std::chrono::milliseconds world::latency() {
  std::chrono::milliseconds out = options.latency;
  if (options.latency_jitter.count() > 0)
    out += std::chrono::milliseconds(
        std::uniform_int_distribution<std::int64_t>(0, options.latency_jitter.count())(random));
  return out;
}

bool world::watches() const noexcept {
  return phones.keeps() || log_ != nullptr || options.on_push != nullptr;
}

void world::record(received_push& push) {
  phones.record(push);
  if (log_) {
    const std::string line = to_json_line(push) + '\n';
    std::fwrite(line.data(), 1, line.size(), log_.get());
    log_dirty_ = true;
  }
  if (options.on_push) options.on_push(push);
}

void world::flush_log() {
  if (!log_dirty_) return;
  std::fflush(log_.get());
  log_dirty_ = false;
}

std::string world::make_uuid() {
  std::array<std::uint64_t, 2> bits{random(), random()};
  std::string out;
  out.reserve(36);
  for (int digit = 0; digit < 32; ++digit) {
    if (digit == 8 || digit == 12 || digit == 16 || digit == 20) out += '-';
    std::uint64_t& half = bits[static_cast<std::size_t>(digit / 16)];
    std::uint64_t value = half & 15;
    half >>= 4;
    if (digit == 12) value = 4;
    if (digit == 16) value = 8 | (value & 3);
    out += "0123456789ABCDEF"[value];
  }
  return out;
}

void apply_ending(const fault& f, answer& out) {
  out.end = f.end;
  out.error_code = f.error_code;
  out.last = f.last;
  out.goaway_twice = f.goaway_twice;
  out.debug = f.debug;
  out.delay += f.delay;
  if (f.piece != 0) out.piece = f.piece;
  if (f.stream_limit) out.stream_limit = f.stream_limit;
}

std::string_view name_of(ending e) noexcept {
  constexpr std::array<std::string_view, 7> names{"answer", "reset", "swallow", "half",
                                                  "goaway", "close", "freeze"};
  return names[static_cast<std::size_t>(e)];
}

}  // namespace paperboy::simulators
