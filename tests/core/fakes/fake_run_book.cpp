#include "tests/core/fakes/fake_run_book.hpp"

#include <charconv>

namespace paperboy::testing {

task<result<std::vector<shard_look>>> fake_run_book::look() {
  co_return std::vector<shard_look>{};
}

task<result<run_state>> fake_run_book::start(const std::string&, const std::string&, instant) {
  co_return run_state::running;
}

task<result<void>> fake_run_book::open(std::uint32_t, const std::string&, const std::string&,
                                       instant, instant, instant, std::span<const part_opening>) {
  co_return result<void>{};
}

task<result<void>> fake_run_book::reconcile(const std::string&) {
  co_return result<void>{};
}

task<result<run>> fake_run_book::find(const std::string& app, const std::string& id) {
  if (failure) co_return failure;
  for (const run& r : runs) {
    if (r.app == app && r.id == id) co_return r;
  }
  co_return make_error_code(errc::not_found);
}

task<result<run_book::page>> fake_run_book::list(const std::string& app, std::string_view kind,
                                                 std::size_t limit, std::string_view cursor) {
  if (failure) co_return failure;
  std::size_t from = 0;
  if (!cursor.empty()) {
    const auto end = cursor.data() + cursor.size();
    if (std::from_chars(cursor.data(), end, from).ptr != end) {
      co_return make_error_code(errc::invalid);
    }
  }
  page found;
  for (std::size_t i = from; i < runs.size(); ++i) {
    if (runs[i].app != app || (!kind.empty() && runs[i].kind != kind)) continue;
    if (found.runs.size() == limit) {
      found.next = std::to_string(i);
      break;
    }
    found.runs.push_back(runs[i]);
  }
  co_return found;
}

task<result<std::vector<slot_report>>> fake_run_book::slots_of(const stored_subscriber&,
                                                               std::size_t most) {
  if (failure) co_return failure;
  auto newest = slots;
  if (newest.size() > most) newest.resize(most);
  co_return newest;
}

}  // namespace paperboy::testing
