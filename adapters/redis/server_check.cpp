#include "adapters/redis/server_check.hpp"

#include <charconv>
#include <string_view>
#include <utility>

namespace paperboy::redis {
namespace {

// The value of one line "name:value\r\n" of INFO; empty if it is not there.
std::string_view info_field(std::string_view info, std::string_view name) noexcept {
  for (std::size_t at = 0; (at = info.find(name, at)) != std::string_view::npos; ++at) {
    const bool starts_line = at == 0 || info[at - 1] == '\n';
    const std::size_t colon = at + name.size();
    if (!starts_line || colon >= info.size() || info[colon] != ':') continue;
    const std::string_view rest = info.substr(colon + 1);
    return rest.substr(0, rest.find_first_of("\r\n"));
  }
  return {};
}

struct version_number {
  unsigned major = 0;
  unsigned minor = 0;
};

version_number read_version(std::string_view text) noexcept {
  version_number v;
  const char* const end = text.data() + text.size();
  const auto [dot, failed] = std::from_chars(text.data(), end, v.major);
  if (failed == std::errc{} && dot != end) std::from_chars(dot + 1, end, v.minor);
  return v;
}

std::string_view setting(const answer& config, std::string_view name) noexcept {
  if (!config) return {};
  for (std::size_t i = 0; i + 1 < config->size(); i += 2) {
    if ((*config)[i].as_string() == name) return (*config)[i + 1].as_string();
  }
  return {};
}

void refuse(server_check& check, errc code, std::string problem) {
  check.refusal = code;
  check.problem = std::move(problem);
}

void judge_policy(server_check& check, std::string_view policy) {
  if (policy.empty() || policy == "noeviction") return;
  refuse(check, errc::refused,
         "this Redis drops keys when its memory is full (maxmemory-policy " + std::string{policy} +
             "), subscribers among them: set maxmemory-policy noeviction");
}

void judge_info(server_check& check, std::string_view info) {
  check.version = info_field(info, "redis_version");
  const version_number version = read_version(check.version);
  if (version.major < 6 || (version.major == 6 && version.minor < 2)) {
    refuse(check, errc::refused, "Redis " + check.version + " is too old: use 6.2 or later");
    return;
  }
  if (info_field(info, "cluster_enabled") == "1") {
    refuse(check, errc::refused,
           "this Redis is a node of a cluster, and cluster:// is not supported yet: use one that "
           "is not");
    return;
  }
  if (info_field(info, "role") == "slave") {
    refuse(check, errc::unavailable,
           "this Redis is a replica and takes no writes: name the primary in [redis] url");
    return;
  }
  judge_policy(check, info_field(info, "maxmemory_policy"));
}

void recommend(server_check& check, std::string_view name, std::string_view wanted,
               std::string_view found, std::string_view why) {
  check.recommendations.push_back("Redis: " + std::string{name} + " " + std::string{wanted} +
                                  " is recommended, it is " + std::string{found} + ": " +
                                  std::string{why});
}

void recommend_at_least_512(server_check& check, const answer& config, std::string_view what) {
  // Before 7.0 the settings had another name.
  const std::string name = "hash-max-listpack-" + std::string{what};
  std::string_view found = setting(config, name);
  if (found.empty()) found = setting(config, "hash-max-ziplist-" + std::string{what});
  unsigned long number = 0;
  std::from_chars(found.data(), found.data() + found.size(), number);
  if (found.empty() || number >= 512) return;
  recommend(check, name, "512", found, "blocks of subscribers take several times the memory");
}

void judge_settings(server_check& check, const answer& config, std::string_view info) {
  if (info_field(info, "aof_enabled") == "0") {
    recommend(check, "appendonly", "yes", "no", "a crash of Redis loses what was registered");
  }
  if (!config) {
    check.recommendations.push_back(
        "Redis: CONFIG GET is forbidden (" + config.error_detail() +
        "), so hash-max-listpack-entries and hash-max-listpack-value cannot be seen: 512 is "
        "recommended for both");
    return;
  }
  recommend_at_least_512(check, config, "entries");
  recommend_at_least_512(check, config, "value");
}

}  // namespace

task<server_check> check_server(client& redis) {
  server_check check;
  pipeline questions;
  questions.add("INFO");
  questions.add("CONFIG", "GET", "hash-max-*");
  questions.add("CONFIG", "GET", "maxmemory-policy");
  const std::vector<answer> answers = co_await redis.call_all(std::move(questions));
  const answer& info = answers[0];
  if (!info && info.kind() != error_kind::permission) {
    check.refusal = info.error();
    check.problem = "Redis does not say what it is (INFO): " + info.error_detail();
    co_return check;
  }
  const std::string_view facts = info ? info->as_string() : std::string_view{};
  const std::string_view policy = setting(answers[2], "maxmemory-policy");
  if (info) {
    judge_info(check, facts);
  } else {
    check.recommendations.push_back(
        "Redis: INFO is forbidden, so its version and role cannot be seen: 6.2 or later is needed");
  }
  if (check.ok()) judge_policy(check, policy);
  if (check.ok() && policy.empty() && info_field(facts, "maxmemory_policy").empty()) {
    check.recommendations.push_back(
        "Redis: its maxmemory-policy cannot be seen: it has to be noeviction, or subscribers are "
        "lost when its memory is full");
  }
  if (check.ok()) judge_settings(check, answers[1], facts);
  co_return check;
}

}  // namespace paperboy::redis
