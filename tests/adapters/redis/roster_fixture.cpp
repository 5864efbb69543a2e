#include "tests/adapters/redis/roster_fixture.hpp"

#include <algorithm>
#include <set>

#include "adapters/redis/record.hpp"
#include "adapters/redis/token_moves.hpp"

namespace paperboy::redis::testing {
namespace {

client_settings patient(private_server& server) {
  client_settings s = server.settings();
  s.command_limit = std::chrono::seconds{10};
  return s;
}

std::string part_key(std::uint32_t shard, const std::string& run, const std::string& cohort) {
  return shard_key(shard, "p:" + run + '|' + cohort);
}

// As scripts/topics.lua packs the slots of a block.
std::set<unsigned> slots_in(std::string_view packed) {
  std::set<unsigned> slots;
  if (packed.size() < 32) {
    for (const char slot : packed) slots.insert(static_cast<unsigned char>(slot));
    EXPECT_EQ(slots.size(), packed.size()) << "a slot twice";
  } else {
    EXPECT_EQ(packed.size(), 32U);
    for (unsigned slot = 0; slot < 256; ++slot) {
      if ((static_cast<unsigned char>(packed[slot / 8]) >> slot % 8 & 1U) != 0) slots.insert(slot);
    }
  }
  EXPECT_FALSE(slots.empty()) << "an entry for nobody";
  return slots;
}

}  // namespace

private_server& roster_test::server() {
  static private_server one(
      {"--hash-max-listpack-entries", "512", "--hash-max-listpack-value", "512"});
  return one;
}

roster_test::roster_test()
    : redis(context, patient(server())), roster(redis, {shards, [this] { return now; }}) {
  must(redis.wait_until_connected(std::chrono::seconds{10}));
  ask(command{"FLUSHALL"});
  for (std::uint32_t s = 0; s < shards; ++s) ask(command{"SET", shard_key(s, "seq"), 1});
  defaults.time_zone = "UTC";
}

roster_test::~roster_test() {
  run(context, redis.close());
}

reply roster_test::ask(command c) {
  answer a = wait(redis.call(std::move(c)));
  if (!a) throw std::runtime_error(a.error_detail());
  return a.take();
}

std::vector<std::string> roster_test::keys() {
  std::vector<std::string> all;
  for (const auto k : ask(command{"KEYS", "*"})) all.emplace_back(k.as_string());
  std::sort(all.begin(), all.end());
  return all;
}

std::map<std::string, std::string> roster_test::everything() {
  std::map<std::string, std::string> all;
  for (const auto& key : keys()) {
    const auto type = text(command{"TYPE", key});
    std::string& content = all[key];
    if (type == "string") content = text(command{"GET", key});
    std::vector<std::string> pairs;
    const reply r = type == "hash"   ? ask(command{"HGETALL", key})
                    : type == "zset" ? ask(command{"ZRANGE", key, 0, -1, "WITHSCORES"})
                                     : reply{};
    for (auto at = r.begin(); at != r.end(); ++at) {
      std::string pair((*at++).as_string());
      pairs.push_back(pair + " = " + std::string((*at).as_string()));
    }
    std::sort(pairs.begin(), pairs.end());
    for (const auto& pair : pairs) content += pair + '\n';
  }
  return all;
}

enrolment roster_test::request(std::string token, std::string zone) {
  enrolment e;
  e.app = "anewz";
  e.device.token = std::move(token);
  e.device.token.resize(32, '.');
  e.device.locale = "az-AZ";
  e.device.time_zone = std::move(zone);
  e.device.app_version = "3.1.0";
  e.wishes.topics = {{1, frequency::digest}, {5, frequency::both}};
  e.defaults = defaults;
  e.now = std::chrono::floor<std::chrono::seconds>(now);
  return e;
}

enrolled roster_test::enrol(std::string token, std::string zone) {
  return must(roster.enrol(request(std::move(token), std::move(zone))));
}

stored_subscriber roster_test::read(const stored_subscriber& s) {
  return must(roster.find("anewz", s.value.id));
}

stored_subscriber roster_test::change(const stored_subscriber& s,
                                      const std::function<void(subscriber&)>& how) {
  subscriber after = s.value;
  how(after);
  return must(roster.change(s, std::move(after), defaults));
}

std::string roster_test::entry(const std::string& token) {
  std::string padded = token;
  padded.resize(32, '.');
  const auto at = place_of_token("anewz", platform::ios, padded, shards);
  return text(command{"HGET", at.key, at.fingerprint});
}

std::string roster_test::token_in(std::uint32_t shard, int salt) {
  for (int i = 0;; ++i) {
    std::string token = "t" + std::to_string(salt) + '-' + std::to_string(i);
    token.resize(32, '.');
    if (place_of_token("anewz", platform::ios, token, shards).shard == shard) return token;
  }
}

stored_subscriber roster_test::with_token(const stored_subscriber& s, const std::string& token) {
  return change(s, [&](subscriber& after) { after.devices[0].token = token; });
}

void roster_test::age_lists() {
  for (std::uint32_t s = 0; s < shards; ++s) {
    const auto key = shard_key(s, "tok:noted");
    const reply listed = ask(command{"ZRANGE", key, 0, -1});
    for (const auto member : listed) ask(command{"ZADD", key, 1, member.as_string()});
  }
}

std::size_t roster_test::sweep_all() {
  std::size_t ended = 0;
  for (std::uint32_t s = 0; s < shards; ++s) {
    ended += must(roster.sweep(s, 100, [this](const std::string&) { return defaults; }));
  }
  return ended;
}

void roster_test::expect_indexed(const topic_places& wanted_at_once) {
  topic_places indexed;
  for (const auto& key : keys()) {
    if (key.find("}:t:") == std::string::npos) continue;
    const reply blocks = ask(command{"HGETALL", key});
    for (auto at = blocks.begin(); at != blocks.end(); ++at) {
      const auto block = (*at++).as_int(-1);
      for (const unsigned slot : slots_in((*at).as_string())) {
        indexed[key].insert(block * 256 + slot);
      }
    }
  }
  EXPECT_EQ(indexed, wanted_at_once);
}

void roster_test::expect_consistent() {
  topic_places wanted_at_once;
  std::set<std::string> indexed;  // "<key> <fingerprint>" of tokens that records hold live
  std::map<std::string, std::map<std::string, std::int64_t>> counted;
  std::map<std::string, std::int64_t> records;
  for (const auto& key : keys()) {
    const auto at = key.find("}:r:");
    if (at == std::string::npos) continue;
    const auto shard = static_cast<std::uint32_t>(std::stoul(key.substr(2, 3)));
    const auto colon = key.rfind(':');
    const std::string home = key.substr(at + 4, colon - at - 4);
    const auto block = static_cast<std::uint32_t>(std::stoul(key.substr(colon + 1)));
    EXPECT_EQ(text(command{"OBJECT", "ENCODING", key}), "listpack");
    const reply all = ask(command{"HGETALL", key});
    for (auto field = all.begin(); field != all.end(); ++field) {
      const auto slot = block * 256 + static_cast<std::uint32_t>((*field++).as_int());
      const std::string head((*field).as_string());
      std::string whole = head;
      if (has_spill(head)) {
        for (const auto& other : keys()) {
          const auto x = other.find("}:x:");
          if (x == std::string::npos) continue;
          if (auto joined = join_record(head, text(command{"GET", other}))) whole = *joined;
        }
      }
      const auto s = unpack(whole, *parse_cohort(home)).value();
      const auto found = must(roster.find("", s.id));
      EXPECT_EQ(found.place.shard, shard);
      EXPECT_EQ(to_text(found.place.cohort), home);
      EXPECT_EQ(found.place.slot, slot);
      EXPECT_EQ(s.home(defaults), *parse_cohort(home));
      const std::string co = shard_key(shard, "co:" + home);
      ++records[co];
      counted[co]["live"] += static_cast<std::int64_t>(s.live_devices());
      const auto cohort_number = number(command{"HGET", shard_key(shard, "cn"), '=' + home});
      for (const auto& choice : s.wishes.topics) {
        if (!at_once(choice.wanted)) continue;
        wanted_at_once[at_once_key(shard, s.app, choice.number)].insert(
            cohort_number * locator_slots + slot);
      }
      for (unsigned day = 0; day < 7; ++day) {
        if (s.due_days(defaults).has(day)) {
          counted[co]["d" + std::to_string(day)] += static_cast<std::int64_t>(s.live_devices());
        }
      }
      for (const auto& d : s.devices) {
        if (!d.live()) continue;
        const auto t = place_of_token(s.app, d.platform, d.token, shards);
        EXPECT_TRUE(indexed.insert(t.key + ' ' + t.fingerprint).second) << "two own one token";
        token_entry owner;
        owner.owner = indexed_device({s.id, d.number});
        EXPECT_EQ(text(command{"HGET", t.key, t.fingerprint}), pack(owner));
      }
    }
  }
  std::size_t entries = 0;
  for (const auto& key : keys()) {
    if (key.find("}:tok:noted") != std::string::npos) {
      EXPECT_EQ(number(command{"ZCARD", key}), 0);
    } else if (key.find("}:tok:") != std::string::npos) {
      entries += static_cast<std::size_t>(number(command{"HLEN", key}));
    } else if (const auto at = key.find("}:co:"); at != std::string::npos) {
      const std::string home = key.substr(at + 5);
      EXPECT_EQ(number(command{"HGET", key, "subs"}), records[key]) << key;
      for (unsigned day = 0; day < 7; ++day) {
        const std::string field = "d" + std::to_string(day);
        EXPECT_EQ(ask(command{"HGET", key, field}).as_int(), counted[key][field]) << key << field;
      }
      EXPECT_EQ(ask(command{"HGET", key, "live"}).as_int(), counted[key]["live"]) << key;
      const std::string free = key.substr(0, at + 2) + "free:" + home;
      EXPECT_EQ(number(command{"HGET", key, "next"}),
                records[key] + number(command{"ZCARD", free}));
      EXPECT_TRUE(ask(command{"ZSCORE", key.substr(0, at + 2) + "due", home}).integer() ||
                  records[key] == 0);
    }
  }
  EXPECT_EQ(entries, indexed.size());
  expect_indexed(wanted_at_once);
  for (const auto& [co, count] : records) {
    EXPECT_EQ(number(command{"HGET", co, "subs"}), count) << co;
  }
}

std::uint32_t roster_test::open_part(std::uint32_t shard, const std::string& cohort,
                                     const std::string& run, local_date date) {
  const auto seq = number(command{"INCR", shard_key(shard, "seq")});
  const auto next = number(command{"HGET", shard_key(shard, "co:" + cohort), "next"});
  ask(command{"HSET",   part_key(shard, run, cohort),
              "state",  "open",
              "kind",   "digest",
              "seq",    seq,
              "date",   date.days,
              "day",    date.weekday(),
              "blocks", (next + 255) / 256,
              "next",   0,
              "done",   0,
              "retry",  0});
  ask(command{"ZADD", shard_key(shard, "open"), seq, run + '|' + cohort});
  return static_cast<std::uint32_t>(seq);
}

void roster_test::close_part(std::uint32_t shard, const std::string& cohort,
                             const std::string& run) {
  ask(command{"HSET", part_key(shard, run, cohort), "state", "done"});
  ask(command{"ZREM", shard_key(shard, "open"), run + '|' + cohort});
}

}  // namespace paperboy::redis::testing
