#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/command_line/demo/http_client.hpp"
#include "adapters/command_line/demo/phones.hpp"
#include "core/domain/outcome.hpp"

namespace paperboy::command_line::demo {

// A phone of the demo, as far as it has come.
struct demo_phone {
  const phone_owner* owner = nullptr;
  std::vector<std::string> topics;
  std::string push_token;  // known to the phone and its gateway alone
  std::string time_zone;
  std::string device_id;
  std::string subscriber_id;
  std::string credential;
  // What digests/preview says its slot brings: a payload of its gateway, or why nothing.
  std::string promised;
  std::string reason;
};

struct publication {
  std::size_t taken = 0;
  std::vector<std::string> refused;  // "item 3, anewz-3: …"
};

// A run's numbers, as GET shows them.
struct run_numbers {
  std::string id;
  std::string state;
  std::uint64_t eligible = 0;
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::uint64_t expired = 0;
  std::map<std::string, std::uint64_t> skipped;
  std::uint64_t pending = 0;
  std::uint64_t devices_removed = 0;

  std::uint64_t all_skipped() const noexcept;
  bool balanced() const noexcept;
};

struct edition_item {
  std::string title;
  std::string teaser;
  std::string url;
  std::vector<std::string> topics;
};

// The demo's two users of the public HTTP API: a newsroom with its key, and phones with theirs.
// Everything throws demo_error when the API does not answer as it should.
class public_api {
 public:
  public_api(std::string_view url, std::string api_key, std::string client_key);

  // The newsroom. `names` is JSON, language to name.
  void put_topic(std::string_view key, std::string_view names) const;
  publication publish(const std::vector<std::string>& lines) const;
  void preview(demo_phone& phone, instant at) const;
  std::optional<run_numbers> digest_run(instant at) const;  // none: not opened yet
  // State of the subscriber's slot of the run, and the reason where nothing was sent: "skipped,
  // paused"; empty where the run knows nothing of it.
  std::string slot_of(const demo_phone& phone, std::string_view run) const;

  // The mobile app.
  void register_phone(demo_phone& phone) const;
  // Moves the digest to the local time of `at`, to UTC's where the phone's own zone shows that time
  // twice and meant the first.
  void move_digest(demo_phone& phone, instant at) const;
  void forget(const demo_phone& phone) const;
  // Whether the credential still counts.
  bool knows(const demo_phone& phone) const;
  std::vector<edition_item> edition(const demo_phone& phone, std::string_view id) const;

 private:
  std::string app_path(std::string_view rest) const;

  http_client client_;
  std::string api_key_;
  std::string client_key_;
};

}  // namespace paperboy::command_line::demo
