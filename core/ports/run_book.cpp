#include "core/ports/run_book.hpp"

#include "core/domain/text_time.hpp"

namespace paperboy {

std::string digest_run_id(instant at) {
  // "2026-11-24T04:00:00Z" -> "digest-20261124T0400Z"
  const std::string full = format_instant(std::chrono::floor<std::chrono::minutes>(at));
  return "digest-" + full.substr(0, 4) + full.substr(5, 2) + full.substr(8, 5) +
         full.substr(14, 2) + "Z";
}

std::optional<instant> instant_of_digest_run(std::string_view run) noexcept {
  constexpr std::string_view prefix = "digest-";
  if (!run.starts_with(prefix) || run.size() != prefix.size() + 14) return std::nullopt;
  const std::string_view t = run.substr(prefix.size());
  const std::string full = std::string(t.substr(0, 4)) + '-' + std::string(t.substr(4, 2)) + '-' +
                           std::string(t.substr(6, 5)) + ':' + std::string(t.substr(11, 2)) + ":00Z";
  return t.back() == 'Z' ? parse_instant(full) : std::nullopt;
}

}  // namespace paperboy
