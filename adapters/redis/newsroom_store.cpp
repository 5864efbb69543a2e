#include "adapters/redis/newsroom_store.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <utility>

#include "adapters/redis/item_json.hpp"
#include "adapters/redis/keys.hpp"
#include "adapters/redis/scripts.hpp"

namespace paperboy::redis {
namespace {

// Raised by each change of a catalogue in this process, so that its other workers ask again at once.
std::atomic<std::uint64_t> catalogue_writes{1};

std::string hash_of(std::string_view json) {
  return std::to_string(XXH3_64bits(json.data(), json.size()));
}

put_answer put_answer_of(std::string_view word) {
  if (word == "created") return put_answer::created;
  return word == "same" ? put_answer::same : put_answer::changed;
}

std::string ms(instant at) { return std::to_string(at.time_since_epoch().count()); }

std::string revision_key(const std::string& app, const std::string& id, std::uint64_t revision) {
  return app_key(app, "rev:") + id + ':' + std::to_string(revision);
}

// Items that one command asks for: Redis serves nobody else meanwhile.
constexpr std::size_t at_once = 128;

std::vector<std::vector<std::string_view>> pieces(const std::vector<std::string>& keys) {
  std::vector<std::vector<std::string_view>> all((keys.size() + at_once - 1) / at_once);
  for (std::size_t i = 0; i < keys.size(); ++i) all[i / at_once].push_back(keys[i]);
  return all;
}

template <class T>
std::string_view take_number(std::string_view text, T& value) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return text.substr(static_cast<std::size_t>(parsed.ptr - text.data()));
}

}  // namespace

newsroom_store::newsroom_store(client& redis, settings s) : redis_(redis), with_(s) {}

task<result<std::shared_ptr<const catalogue>>> newsroom_store::topics(const std::string& app) {
  const auto writes = catalogue_writes.load();
  const auto now = std::chrono::steady_clock::now();
  {
    const auto& known = catalogues_[app];
    if (known.topics && known.writes == writes && now - known.asked < catalogue_age) {
      co_return known.topics;
    }
  }
  pipeline both;
  both.add("GET", app_key(app, "topics:version"));
  both.add("HGETALL", app_key(app, "topics"));
  const auto answers = co_await redis_.call_all(std::move(both));
  for (const auto& a : answers) {
    if (!a) co_return a.error();
  }
  auto& known = catalogues_[app];
  const std::int64_t version = answers[0]->as_int(0);
  if (!known.topics || known.version != version) {
    std::vector<topic> topics;
    for (auto at = answers[1]->begin(); at != answers[1]->end(); ++at) {
      const auto key = (*at++).as_string();
      topic_number number = 0;
      const auto rest = take_number((*at).as_string(), number);
      if (rest.size() < 2) co_return errc::protocol;
      auto t = topic_from_json(rest.substr(1));
      if (!t) co_return t.error();
      t->key = key;
      t->number = number;
      topics.push_back(std::move(*t));
    }
    known.topics = std::make_shared<const catalogue>(std::move(topics));
    known.version = version;
  }
  known.writes = writes;
  known.asked = now;
  co_return known.topics;
}

task<result<put_answer>> newsroom_store::put_topic(const std::string& app, topic t) {
  const answer a = co_await redis_.eval(
      run_script("topic_put"),
      {app_key(app, "topics"), app_key(app, "topics:next"), app_key(app, "topics:version")},
      {t.key, to_json(t), decimal(catalogue::max_topics)});
  ++catalogue_writes;
  if (!a) co_return a.error();
  if (a->as_string() == "full") co_return errc::overloaded;
  co_return put_answer_of(a->as_string());
}

task<result<remove_answer>> newsroom_store::remove_topic(const std::string& app,
                                                         const std::string& key) {
  const answer a =
      co_await redis_.eval(run_script("topic_remove"),
                           {app_key(app, "topics"), app_key(app, "topics:version")}, {key});
  ++catalogue_writes;
  if (!a) co_return a.error();
  co_return a->as_int() == 1 ? remove_answer::removed : remove_answer::absent;
}

task<result<std::vector<put_answer>>> newsroom_store::put_items(const std::string& app,
                                                                std::span<const item> items) {
  const std::string arrived_key = app_key(app, "arrived"), revisions = app_key(app, "rev:");
  const std::string kept = std::to_string(with_.items_kept.count());
  const std::string revisions_kept =
      std::to_string((with_.items_kept + with_.editions_kept).count());
  pipeline all;
  for (const item& i : items) {
    const std::string json = to_json(i);
    all.eval(run_script("item_put"), {app_key(app, "item:" + i.id), arrived_key},
             {i.id, ms(i.published_at), hash_of(json), json, kept, revisions_kept, revisions});
  }
  const auto answers = co_await redis_.call_all(std::move(all));
  std::vector<put_answer> done;
  done.reserve(answers.size());
  for (const auto& a : answers) {
    // The newsroom sends the whole batch again: what was stored is then the same.
    if (!a) co_return a.error();
    done.push_back(put_answer_of(a->as_string()));
  }
  co_return done;
}

task<result<std::optional<item>>> newsroom_store::find_item(const std::string& app,
                                                            const std::string& id) {
  const answer head =
      co_await redis_.call("HMGET", app_key(app, "item:" + id), "rev", "arrived", "state");
  if (!head) co_return head.error();
  if ((*head)[2].as_string() != "live") co_return std::optional<item>{};
  std::vector<listed> one{{id, static_cast<std::uint64_t>((*head)[0].as_int()),
                           instant{std::chrono::milliseconds{(*head)[1].as_int()}}}};
  auto found = co_await load(app, one, false);
  if (!found) co_return found.error();
  if (found->empty()) co_return std::optional<item>{};
  co_return std::optional<item>{std::move(found->front())};
}

task<result<remove_answer>> newsroom_store::remove_item(const std::string& app,
                                                        const std::string& id) {
  const answer a =
      co_await redis_.eval(run_script("item_remove"), {app_key(app, "item:" + id)}, {});
  if (!a) co_return a.error();
  co_return a->as_int() == 1 ? remove_answer::removed : remove_answer::absent;
}

task<result<std::vector<newsroom_store::listed>>> newsroom_store::list(const std::string& app,
                                                                       instant from,
                                                                       instant until) {
  const answer ids =
      co_await redis_.call("ZREVRANGEBYSCORE", app_key(app, "arrived"), '(' + ms(until), ms(from),
                           "WITHSCORES", "LIMIT", 0, most_candidates);
  if (!ids) co_return ids.error();
  std::vector<listed> lines;
  std::vector<std::string> keys;
  for (auto at = ids->begin(); at != ids->end(); ++at) {
    listed line;
    line.id = (*at++).as_string();
    line.arrived = instant{std::chrono::milliseconds{(*at).as_int()}};
    keys.push_back(app_key(app, "item:" + line.id));
    lines.push_back(std::move(line));
  }
  if (lines.empty()) co_return lines;
  pipeline heads;
  for (const auto& some : pieces(keys)) heads.eval(run_script("item_heads"), some, text_list{});
  const auto answers = co_await redis_.call_all(std::move(heads));
  std::vector<listed> live;
  for (std::size_t i = lines.size(); i-- > 0;) {  // oldest first
    const answer& some = answers[i / at_once];
    if (!some) co_return some.error();
    const std::size_t at = 2 * (i % at_once);
    if ((*some)[at + 1].as_string() != "live") continue;
    lines[i].revision = static_cast<std::uint64_t>((*some)[at].as_int());
    live.push_back(std::move(lines[i]));
  }
  co_return live;
}

task<result<std::vector<item>>> newsroom_store::load(const std::string& app,
                                                     const std::vector<listed>& lines,
                                                     bool all_needed) {
  std::vector<item> items;
  if (lines.empty()) co_return items;
  std::vector<std::string> keys;
  for (const auto& line : lines) keys.push_back(revision_key(app, line.id, line.revision));
  pipeline bodies;
  for (const auto& some : pieces(keys)) {
    command get{"MGET"};
    for (const auto key : some) get.arg(key);
    bodies.add(std::move(get));
  }
  const auto answers = co_await redis_.call_all(std::move(bodies));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const answer& some = answers[i / at_once];
    if (!some) co_return some.error();
    const reply_view body = (*some)[i % at_once];
    if (body.is_nil()) {
      if (all_needed) co_return errc::not_found;  // ordinals would shift
      continue;
    }
    auto loaded = item_from_json(body.as_string());
    if (!loaded) co_return loaded.error();
    loaded->arrived_at = lines[i].arrived;
    loaded->revision = lines[i].revision;
    items.push_back(std::move(*loaded));
  }
  co_return items;
}

task<result<std::vector<item>>> newsroom_store::arrived(const std::string& app, instant from,
                                                        instant until) {
  auto lines = co_await list(app, from, until);
  if (!lines) co_return lines.error();
  co_return co_await load(app, *lines, false);
}

task<result<void>> newsroom_store::freeze(const std::string& app, const std::string& run,
                                          instant from, instant until) {
  const answer there = co_await redis_.call("EXISTS", app_key(app, "cand:" + run));
  if (!there) co_return there.error();
  if (there->as_int() != 0) co_return result<void>{};
  const auto lines = co_await list(app, from, until);
  if (!lines) co_return lines.error();
  std::string text = "1\n";  // version; so that an empty list is not an empty value
  for (const auto& line : *lines) {
    text += line.id + ' ' + std::to_string(line.revision) + ' ' + ms(line.arrived) + '\n';
  }
  const answer kept = co_await redis_.call("SET", app_key(app, "cand:" + run), text, "NX", "EX",
                                           with_.editions_kept.count());
  if (!kept) co_return kept.error();
  co_return result<void>{};
}

task<result<std::vector<item>>> newsroom_store::frozen(const std::string& app,
                                                       const std::string& run) {
  const answer text = co_await redis_.call("GET", app_key(app, "cand:" + run));
  if (!text) co_return text.error();
  if (text->is_nil()) co_return errc::not_found;
  std::string_view rest = text->as_string();
  if (!rest.starts_with("1\n")) co_return errc::protocol;
  rest.remove_prefix(2);
  std::vector<listed> lines;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    const auto space = line.find(' ');
    if (space == std::string_view::npos) co_return errc::protocol;
    listed l;
    l.id = line.substr(0, space);
    auto numbers = take_number(line.substr(space + 1), l.revision);
    if (numbers.empty()) co_return errc::protocol;
    std::int64_t at = 0;
    take_number(numbers.substr(1), at);
    l.arrived = instant{std::chrono::milliseconds{at}};
    lines.push_back(std::move(l));
  }
  co_return co_await load(app, lines, true);
}

}  // namespace paperboy::redis
