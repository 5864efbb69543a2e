#include "adapters/redis/notification_store.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <functional>
#include <random>
#include <span>

#include "adapters/redis/commit_packing.hpp"
#include "adapters/redis/keys.hpp"
#include "adapters/redis/listed_reading.hpp"
#include "adapters/redis/order_json.hpp"
#include "adapters/redis/scripts.hpp"
#include "adapters/redis/walk_store.hpp"
#include "core/kill_points.hpp"
#include "core/ports/run_book.hpp"

namespace paperboy::redis {
namespace {

constexpr std::size_t most_due = 64;        // runs opened by one look
constexpr std::size_t most_told = 1024;     // notifications that a digest knows of
constexpr std::chrono::hours request_kept{24};
constexpr std::size_t most_blocks_at_once = 16;  // of a list, written together
constexpr std::chrono::hours list_kept{1};  // one that nobody opened a part with

std::string ms(instant at) { return std::to_string(at.time_since_epoch().count()); }

instant from_ms(std::int64_t at) { return instant{std::chrono::milliseconds{at}}; }

std::string_view word_of(steering to) noexcept {
  switch (to) {
    case steering::pause:
      return "pause";
    case steering::resume:
      return "resume";
    case steering::cancel:
      return "cancel";
  }
  return "";
}

std::uint64_t devices_of(std::span<const frozen_member> members) noexcept {
  std::uint64_t devices = 0;
  for (const auto& m : members) devices += static_cast<std::uint64_t>(std::popcount(m.devices));
  return devices;
}

std::string own_list_key(std::uint32_t shard, const std::string& run) {
  return shard_key(shard, "ids:" + run + ':' + std::to_string(std::random_device{}()));
}

}  // namespace

std::string_view halt_word(run_state state) noexcept {
  if (state == run_state::paused) return "1";
  return state == run_state::cancelled ? "2" : "0";
}

task<result<void>> tell_halt(client& redis, std::uint32_t shard, const std::string& run,
                             std::string_view halt) {
  const std::string tag = shard_tag(shard);
  const answer a = co_await redis.eval(
      run_script("run_halt"), {tag + ":run:" + run, tag + ":todo", tag + ":todo:n"}, {run, halt});
  if (!a) co_return code_of_script(a);
  co_return result<void>{};
}

task<result<order_answer>> notification_store::enter(const std::string& app,
                                                     const std::string& run, instant at,
                                                     const notification_order& order,
                                                     const request_identity& once) {
  const answer a = co_await redis_.eval(
      run_script("notification_enter"),
      {app_key(app, "request:" + once.key), app_key(app, "run:" + run), app_key(app, "running"),
       app_key(app, "runs"), app_key(app, "opening")},
      {once.body, run, ms(at), to_json(order), item_of(order, run), decimal(with_.shards),
       decimal(with_.kept.count()), decimal(std::chrono::seconds(request_kept).count())});
  if (!a) co_return code_of_script(a);
  if (a->size() != 2) co_return errc::protocol;
  const auto word = (*a)[0].as_string();
  order_answer done{order_end::entered, std::string((*a)[1].as_string())};
  if (word == "repeated") done.end = order_end::repeated;
  if (word == "other") done.end = order_end::other_body;
  co_return done;
}

task<result<std::optional<order_answer>>> notification_store::recall(
    const std::string& app, const request_identity& once) {
  const answer a = co_await redis_.call("GET", app_key(app, "request:" + once.key));
  if (!a) co_return a.error();
  if (a->is_nil()) co_return std::optional<order_answer>{};
  const auto kept = a->as_string();  // hash of the body, run
  const auto space = kept.find(' ');
  if (space == std::string_view::npos) co_return errc::protocol;
  const auto end =
      kept.substr(0, space) == once.body ? order_end::repeated : order_end::other_body;
  co_return order_answer{end, std::string(kept.substr(space + 1))};
}

task<result<run_state>> notification_store::steer(const std::string& app, const std::string& run,
                                                  steering to) {
  const answer a = co_await redis_.eval(
      run_script("run_steer"),
      {app_key(app, "run:" + run), app_key(app, "running"), app_key(app, "opening")},
      {run, word_of(to), decimal(with_.kept.count())});
  if (!a) co_return code_of_script(a);
  if (a->as_string() == "absent") co_return errc::not_found;
  if (a->as_string() == "conflict") co_return errc::conflict;
  const auto state = parse_run_state(a->as_string());
  if (!state) co_return errc::protocol;
  // A shard that is not told now is told by whoever reconciles the run.
  for (std::uint32_t shard = 0; shard < with_.shards; ++shard) {
    const auto told = co_await tell_halt(redis_, shard, run, halt_word(*state));
    if (!told) co_return told.error();
  }
  co_return *state;
}

task<result<std::vector<due_notification>>> notification_store::due(const std::string& app) {
  const answer a = co_await redis_.eval(run_script("notification_due"),
                                        {app_key(app, "opening")},
                                        {app_key(app, "run:"), decimal(most_due)});
  if (!a) co_return code_of_script(a);
  if (a->size() % 2 != 0) co_return errc::protocol;
  std::vector<due_notification> runs;
  for (auto at = a->begin(); at != a->end();) {
    due_notification run;
    run.run = (*at++).as_string();
    run.at = from_ms((*at++).as_int());
    runs.push_back(std::move(run));
  }
  co_return runs;
}

task<result<std::string>> notification_store::write_list(
    std::uint32_t shard, const std::string& run, const std::vector<frozen_member>& members) {
  const std::string key = own_list_key(shard, run);
  for (std::size_t from = 0; from < members.size();) {
    pipeline some;
    for (; from < members.size() && some.size() < most_blocks_at_once; from += block_slots) {
      const auto block = std::span(members).subspan(
          from, std::min<std::size_t>(block_slots, members.size() - from));
      some.add("HSET", key, from / block_slots, std::string_view(pack_listed(block)));
    }
    some.add("EXPIRE", key, std::chrono::seconds(list_kept).count());
    const auto answers = co_await redis_.call_all(std::move(some));
    for (const answer& written : answers) {
      if (!written) co_return written.error();
    }
  }
  co_return key;
}

task<result<void>> notification_store::open(std::uint32_t shard, const std::string& app,
                                            const std::string& run, instant at, instant deadline,
                                            const shard_audience& whom) {
  const std::string tag = shard_tag(shard);
  const answer state = co_await redis_.call("HGET", app_key(app, "run:" + run), "state");
  if (!state) co_return state.error();
  const auto halt = halt_word(parse_run_state(state->as_string()).value_or(run_state::running));
  std::string list;
  if (!whom.everybody) {
    auto written = co_await write_list(shard, run, whom.members);
    if (!written) co_return written.error();
    list = std::move(*written);
    reached("after_news_listed");
  }
  const std::size_t blocks = (whom.members.size() + block_slots - 1) / block_slots;
  const decimal devices(devices_of(whom.members));
  const answer a = co_await redis_.eval(
      run_script("open_notification"),
      {tag + ":seq", tag + ":open", tag + ":todo:n", tag + ":run:" + run, tag + ":cn"},
      {tag, run, app, ms(at), ms(deadline), decimal(with_.kept.count()), halt,
       whom.everybody ? std::string_view("walk") : devices.view(), decimal(blocks), list});
  if (!a) co_return code_of_script(a);
  reached("after_open_news_shard");
  const answer noted =
      co_await redis_.call("HSET", app_key(app, "run:" + run), "o:" + std::to_string(shard), "1");
  if (!noted) co_return noted.error();
  co_return result<void>{};
}

task<result<void>> notification_store::opened(const std::string& app, const std::string& run) {
  const answer a = co_await redis_.call("ZREM", app_key(app, "opening"), run);
  if (!a) co_return a.error();
  co_return result<void>{};
}

task<result<notification_order>> notification_store::order_of(const std::string& app,
                                                              const std::string& run) {
  const answer a = co_await redis_.call("HGET", app_key(app, "run:" + run), "order");
  if (!a) co_return a.error();
  if (a->is_nil()) co_return errc::not_found;
  co_return order_from_json(a->as_string());
}

task<result<std::vector<told_item>>> notification_store::told(const std::string& app, instant from,
                                                              instant until) {
  const answer ids =
      co_await redis_.call("ZREVRANGEBYSCORE", app_key(app, "runs"), '(' + ms(until), ms(from),
                           "WITHSCORES", "LIMIT", 0, most_told);
  if (!ids) co_return ids.error();
  std::vector<told_item> items;
  pipeline all;
  for (auto at = ids->begin(); at != ids->end(); ++at) {
    told_item t;
    t.run = (*at++).as_string();
    t.at = from_ms((*at).as_int());
    if (instant_of_digest_run(t.run)) continue;
    all.add("HGET", app_key(app, "run:" + t.run), "item");
    items.push_back(std::move(t));
  }
  if (items.empty()) co_return items;
  const auto answers = co_await redis_.call_all(std::move(all));
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!answers[i]) co_return answers[i].error();
    items[i].item_id = answers[i]->as_string();
  }
  std::erase_if(items, [](const told_item& t) { return t.item_id.empty(); });
  std::ranges::reverse(items);
  co_return items;
}

task<result<std::vector<had_item>>> notification_store::had_by(const stored_subscriber& s) {
  const answer a = co_await redis_.call(
      "GET", marks_key(s.place.shard, to_text(s.place.cohort), s.place.block()));
  if (!a) co_return a.error();
  std::vector<had_item> had;
  for (const auto& [run, bitmaps] : told_in(a->as_string())) {
    const auto left = what_was_left(bitmaps, s.place.slot_in_block());
    if (left != left_with::nothing) had.push_back({std::string(run), left == left_with::folded});
  }
  co_return had;
}

task<result<std::vector<dead_letter>>> notification_store::dead_letters(const std::string& app,
                                                                        const std::string& run) {
  const answer known = co_await redis_.call("EXISTS", app_key(app, "run:" + run));
  if (!known) co_return known.error();
  if (known->as_int() == 0) co_return errc::not_found;
  std::vector<dead_letter> dead;
  for (std::uint32_t shard = 0; shard < with_.shards; ++shard) {
    const answer list = co_await redis_.call("LRANGE", shard_key(shard, "dl"), 0, -1);
    if (!list) co_return list.error();
    for (const auto& entry : *list) {
      const auto text = entry.as_string();  // run|subscriber|ms
      const auto first = text.find('|'), second = text.rfind('|');
      if (text.substr(0, first) != run || second <= first) continue;
      const auto id = parse_subscriber_id(text.substr(first + 1, second - first - 1));
      std::int64_t at = 0;
      std::from_chars(text.data() + second + 1, text.data() + text.size(), at);
      if (id) dead.push_back({*id, "dead_letter", from_ms(at)});
    }
  }
  std::ranges::sort(dead, std::greater{}, &dead_letter::at);
  co_return dead;
}

}  // namespace paperboy::redis
