#include "core/wall_time.hpp"
#include "tests/sim/memory_store.hpp"

#include "tests/core/fakes/finish.hpp"
#include "tests/sim/walk_contract.hpp"

namespace paperboy::sim {
namespace {

// The model, on the system's clock.
struct memory_world {
  instant clock() const { return now_wall(); }
  std::unique_ptr<walk> worker(const std::string& name, std::chrono::milliseconds lease) {
    for (auto& shard : store.shards) shard.set_lease_time(lease);
    return std::make_unique<memory_walk>(store, name, std::map<std::string, digest_defaults>{});
  }
  run_book& book() { return runs; }
  template <class T>
  T wait(task<T> work) {
    return testing::finish(std::move(work));
  }
  stored_subscriber enrol(const std::string& token) {
    enrolment e;
    e.app = "anewz";
    e.device.token = token;
    return wait(people.enrol(e)).value().subscriber;
  }
  void erase(const stored_subscriber& s) { (void)wait(people.erase(s, {})); }
  stored_subscriber move(const stored_subscriber& s) {
    subscriber after = s.value;
    after.wishes.digest_time = 9h;
    return wait(people.change(s, after, {})).value();
  }
  local_date mark_of(const stored_subscriber& s) {
    return wait(people.find("anewz", s.value.id)).value().mark;
  }
  void fall_due(const stored_subscriber& s, instant at, local_date date) {
    store.shards[s.place.shard].fall_due(to_text(s.place.cohort), at, date);
  }
  void give_out_slots(const stored_subscriber& s, std::uint32_t slots) {
    store.shards[s.place.shard].set_slots_given(to_text(s.place.cohort), slots);
  }
  void make_retry_due(const stored_subscriber& s, const std::string& run, instant at) {
    store.shards[s.place.shard].set_retry_due(run, s.value.id, at);
  }

  std::uint64_t rolled = 0;
  memory_store store{{4, 30s, [this] { return clock(); }, [this] { return ++rolled; }, nullptr}};
  memory_run_book runs{store};
  memory_roster people{store, [this] { return clock(); }};
};

INSTANTIATE_TYPED_TEST_SUITE_P(memory, walk_contract, memory_world);

}  // namespace
}  // namespace paperboy::sim
