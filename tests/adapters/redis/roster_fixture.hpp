#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "adapters/redis/keys.hpp"
#include "adapters/redis/roster_store.hpp"
#include "core/domain/text_time.hpp"
#include "tests/adapters/redis/server.hpp"

namespace paperboy::redis::testing {

// A roster on a redis-server of the whole program, emptied for each test. The clock stands.
class roster_test : public ::testing::Test {
 protected:
  static constexpr std::uint32_t shards = 4;

  roster_test();
  ~roster_test() override;

  static private_server& server();

  // Runs a task to its end.
  template <class T>
  T wait(task<T> work) {
    std::optional<T> value;
    auto keep = [](task<T> t, std::optional<T>& into) -> task<void> {
      into.emplace(co_await std::move(t));
    };
    run(context, keep(std::move(work), value));
    return std::move(*value);
  }
  // Without an error, or the test ends.
  template <class T>
  T must(task<result<T>> work) {
    auto outcome = wait(std::move(work));
    if (!outcome) throw std::runtime_error(outcome.error().message());
    if constexpr (!std::is_void_v<T>) return std::move(*outcome);
  }
  template <class T>
  error_code error_of(task<result<T>> work) {
    auto outcome = wait(std::move(work));
    return outcome ? error_code{} : outcome.error();
  }

  reply ask(command c);
  std::string text(command c) { return std::string(ask(std::move(c)).as_string()); }
  std::int64_t number(command c) { return ask(std::move(c)).as_int(-1); }

  // Every key and what is in it, but for lists of leases: two equal states are equal.
  std::map<std::string, std::string> everything();
  std::vector<std::string> keys();

  enrolment request(std::string token, std::string zone = "Asia/Baku");
  enrolled enrol(std::string token, std::string zone = "Asia/Baku");
  stored_subscriber read(const stored_subscriber& s);
  stored_subscriber change(const stored_subscriber& s, const std::function<void(subscriber&)>& how);

  // The index's word on a token of the app.
  std::string entry(const std::string& token);
  // A token that is indexed in that shard; others differ by `salt`.
  std::string token_in(std::uint32_t shard, int salt = 0);
  token_place place(const std::string& token) const {
    return place_of_token("anewz", platform::ios, token, shards);
  }
  stored_subscriber with_token(const stored_subscriber& s, const std::string& token);
  // As if all listed entries of the token index had been listed long ago.
  void age_lists();
  std::size_t sweep_all();

  // Asserts that counters, locators, records, free slots and topics of all shards agree.
  void expect_consistent();
  // Asserts that nobody else is indexed: locators by key.
  using topic_places = std::map<std::string, std::set<std::int64_t>>;
  void expect_indexed(const topic_places& wanted_at_once);

  // An open part as scripts/open.lua leaves it. Its seq.
  std::uint32_t open_part(std::uint32_t shard, const std::string& cohort, const std::string& run,
                          local_date date);
  void close_part(std::uint32_t shard, const std::string& cohort, const std::string& run);

  boost::asio::io_context context{1};
  instant now = *parse_instant("2026-11-24T12:00:00Z");
  digest_defaults defaults;
  client redis;
  roster_store roster;
};

}  // namespace paperboy::redis::testing
