#include "adapters/redis/clock.hpp"
#include "adapters/redis/run_book_store.hpp"
#include "adapters/redis/walk_store.hpp"
#include "tests/adapters/redis/roster_fixture.hpp"
#include "tests/sim/walk_contract.hpp"

namespace paperboy::redis::testing {
namespace {

// A real Redis, emptied for each test.
class redis_world : public roster_test {
 public:
  using roster_test::wait;

  instant clock() { return must(time(redis)); }
  std::unique_ptr<walk> worker(const std::string& name, std::chrono::milliseconds lease) {
    walk_store::settings with;
    with.worker = name;
    with.shards = shards;
    with.lease = lease;
    with.days["anewz"] = weekdays::all();
    return std::make_unique<walk_store>(redis, with);
  }
  run_book& book() { return runs; }
  stored_subscriber enrol(const std::string& token) { return roster_test::enrol(token).subscriber; }
  void erase(const stored_subscriber& s) { must(roster.erase(s, defaults)); }
  stored_subscriber move(const stored_subscriber& s) {
    return change(s, [](subscriber& to) { to.wishes.digest_time = std::chrono::hours{9}; });
  }
  local_date mark_of(const stored_subscriber& s) { return read(s).mark; }
  void fall_due(const stored_subscriber& s, instant at, local_date date) {
    const std::string cohort = to_text(s.place.cohort);
    ask(command{"ZADD", shard_key(s.place.shard, "due"), at.time_since_epoch().count(), cohort});
    ask(command{"HSET", shard_key(s.place.shard, "due:date"), cohort, date.days});
  }
  void give_out_slots(const stored_subscriber& s, std::uint32_t slots) {
    ask(command{"HSET", shard_key(s.place.shard, "co:" + to_text(s.place.cohort)), "next", slots});
  }
  void make_retry_due(const stored_subscriber& s, const std::string& run, instant at) {
    ask(command{"ZADD", shard_key(s.place.shard, "rt"), at.time_since_epoch().count(),
                run + '|' + to_text(s.value.id)});
  }

 private:
  void TestBody() override {}

  run_book_store runs{redis, {shards, std::chrono::hours{1}}};
};

}  // namespace
}  // namespace paperboy::redis::testing

namespace paperboy::sim {

INSTANTIATE_TYPED_TEST_SUITE_P(redis, walk_contract, ::paperboy::redis::testing::redis_world);

}  // namespace paperboy::sim
