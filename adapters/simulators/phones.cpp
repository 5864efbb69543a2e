#include "adapters/simulators/phones.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "adapters/simulators/json_text.hpp"

namespace paperboy::simulators {

void phone_book::add(std::string_view token, phone p) {
  phones_.insert_or_assign(std::string(token), std::move(p));
}

const phone* phone_book::find(std::string_view token) {
  if (phones_.empty()) return nullptr;
  key_.assign(token);
  const auto found = phones_.find(key_);
  return found == phones_.end() ? nullptr : &found->second;
}

void phone_book::count(gateway_name gateway, std::string_view reason, bool taken) {
  push_counts& c = counts_[static_cast<std::size_t>(gateway)];
  ++c.requests;
  c.taken += taken ? 1U : 0U;
  key_.assign(reason);
  ++c.by_reason[key_];
}

void phone_book::record(received_push& push) {
  count(push.gateway, push.reason, push.taken);
  if (push.taken && push.shown) {
    const std::string& slot = push.tag.empty() ? push.collapse_id : push.tag;
    if (!slot.empty()) {
      std::vector<std::string>& screen = screens_[push.token];
      push.replaces = std::find(screen.begin(), screen.end(), slot) != screen.end();
      if (!push.replaces) screen.push_back(slot);
      if (screen.size() > screen_limit) screen.erase(screen.begin());
    }
  }
  if (received_.size() < received_limit_) {
    by_token_[push.token].push_back(received_.size());
    received_.push_back(push);
  } else {
    ++counts_[static_cast<std::size_t>(push.gateway)].not_kept;
  }
}

bool phone_book::too_many(std::string_view token, std::uint32_t limit,
                          std::chrono::milliseconds window,
                          std::chrono::system_clock::time_point now) {
  key_.assign(token);
  times& before = recent_[key_];
  while (!before.empty() && before.front() + window <= now) before.pop_front();
  if (before.size() >= limit) return true;
  before.push_back(now);
  return false;
}

std::vector<received_push> phone_book::received(std::string_view token) const {
  std::vector<received_push> out;
  const auto found = by_token_.find(std::string(token));
  if (found == by_token_.end()) return out;
  for (const std::size_t index : found->second) out.push_back(received_[index]);
  return out;
}

const push_counts& phone_book::counts(gateway_name gateway) const noexcept {
  return counts_[static_cast<std::size_t>(gateway)];
}

void phone_book::forget_received() {
  received_.clear();
  by_token_.clear();
  screens_.clear();
  counts_ = {};
}

std::string to_json_line(const received_push& push) {
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(push.at.time_since_epoch()).count();
  std::string out = fmt::format("{{\"at\":\"{:%Y-%m-%dT%H:%M:%S}.{:03}Z\",\"gateway\":\"{}\"",
                                fmt::gmtime(std::chrono::system_clock::to_time_t(push.at)),
                                milliseconds % 1000, name_of(push.gateway));
  const std::pair<std::string_view, const std::string*> texts[] = {
      {"token", &push.token},
      {"id", &push.id},
      {"topic", &push.topic},
      {"push_type", &push.push_type},
      {"priority", &push.priority},
      {"expiration", &push.expiration},
      {"collapse_id", &push.collapse_id},
      {"tag", &push.tag},
      {"channel", &push.channel},
      {"reason", &push.reason}};
  for (const auto& [name, text] : texts) {
    out.append(",\"").append(name).append("\":");
    append_json_string(out, *text);
  }
  out += fmt::format(",\"status\":{},\"taken\":{},\"shown\":{},\"replaces\":{},\"sounds\":{}",
                     push.status, push.taken, push.shown, push.replaces, push.sounds);
  out += ",\"payload\":";
  append_json_string(out, push.payload);
  out += '}';
  return out;
}

}  // namespace paperboy::simulators
