#include "adapters/redis/scripts.hpp"

#include <map>
#include <stdexcept>
#include <string>

#include "embedded/run_scripts.hpp"

namespace paperboy::redis {
namespace {

std::string_view text_of(std::string_view name) {
  for (const auto& file : embedded::run_scripts()) {
    if (file.name == std::string(name) + ".lua") return file.text;
  }
  throw std::logic_error("no script " + std::string(name));
}

std::string with_includes(std::string_view text) {
  constexpr std::string_view mark = "--@include ";
  std::string whole;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size() - 1);
    const auto line = text.substr(at, end - at);
    whole += line.starts_with(mark) ? text_of(line.substr(mark.size())) : line;
    whole += '\n';
    at = end + 1;
  }
  return whole;
}

// Its part is there, or it answers REGRESSED.
bool checks_its_place(std::string_view name) { return name == "commit"; }

struct loaded {
  explicit loaded(std::string_view name)
      : source(with_includes(text_of(name))), code(name, source, redis::checks_its_place(name)) {}
  std::string source;
  script code;
};

// Made before the first thread: a worker only reads.
const std::map<std::string, loaded, std::less<>>& all() {
  static const auto scripts = [] {
    std::map<std::string, loaded, std::less<>> made;
    for (const auto& file : embedded::run_scripts()) {
      const auto name = file.name.substr(0, file.name.size() - 4);
      made.try_emplace(std::string(name), name);
    }
    return made;
  }();
  return scripts;
}

}  // namespace

const script& run_script(std::string_view name) {
  const auto found = all().find(name);
  if (found == all().end()) throw std::logic_error("no script " + std::string(name));
  return found->second.code;
}

}  // namespace paperboy::redis
