#include "adapters/redis/run_book_store.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "adapters/redis/commit_packing.hpp"
#include "adapters/redis/keys.hpp"
#include "adapters/redis/notification_store.hpp"
#include "adapters/redis/scripts.hpp"
#include "adapters/redis/walk_store.hpp"
#include "core/domain/slot.hpp"
#include "core/kill_points.hpp"

namespace paperboy::redis {
namespace {

constexpr std::size_t most_runs_reconciled = 64;  // a call

std::string ms(instant at) {
  return std::to_string(at.time_since_epoch().count());
}

std::optional<instant> instant_of(std::string_view text) {
  std::int64_t value = 0;
  const auto end = text.data() + text.size();
  if (text.empty() || std::from_chars(text.data(), end, value).ptr != end) return std::nullopt;
  return instant{std::chrono::milliseconds{value}};
}

// Adds one field of a shard's run hash; false for those that do not count.
bool add_count(ledger& to, std::string_view field, std::uint64_t n) {
  if (field == "eligible") {
    to.eligible += n;
  } else if (field == "accepted") {
    to.accepted += n;
  } else if (field == "rejected") {
    to.rejected += n;
  } else if (field == "expired") {
    to.expired += n;
  } else if (field == "pending") {
    to.pending += n;
  } else if (field == "retries") {
    to.retries += n;
  } else if (field == "devices_removed") {
    to.devices_removed += n;
  } else if (field.starts_with("s:")) {
    const auto reason = parse_skip_reason(field.substr(2));
    if (!reason) return false;
    to.skipped_for(*reason) += n;
  } else {
    return false;
  }
  return true;
}

ledger ledger_of(const reply_view& hash) {
  ledger count;
  for (auto at = hash.begin(); at != hash.end(); ++at) {
    const auto field = (*at++).as_string();
    add_count(count, field, static_cast<std::uint64_t>((*at).as_int()));
  }
  return count;
}

// "eligible=12 accepted=12": a shard's final counters in the run's hash.
std::string counters_text(const reply_view& hash) {
  std::string text;
  ledger ignored;
  for (auto at = hash.begin(); at != hash.end(); ++at) {
    const auto field = (*at++).as_string();
    if (!add_count(ignored, field, 0)) continue;
    text += std::string(field) + '=' + std::string((*at).as_string()) + ' ';
  }
  return text;
}

ledger ledger_of_counters(std::string_view text) {
  ledger count;
  while (!text.empty()) {
    const auto space = text.find(' ');
    const auto pair = text.substr(0, space);
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos) {
      std::uint64_t n = 0;
      const auto digits = pair.substr(equals + 1);
      std::from_chars(digits.data(), digits.data() + digits.size(), n);
      add_count(count, pair.substr(0, equals), n);
    }
    text = space == std::string_view::npos ? std::string_view{} : text.substr(space + 1);
  }
  return count;
}

}  // namespace

run_book_store::run_book_store(client& redis, settings s) : redis_(redis), with_(s) {}

task<result<std::vector<shard_look>>> run_book_store::look() {
  pipeline all;
  for (std::uint32_t shard = 0; shard < with_.shards; ++shard) {
    const std::string tag = shard_tag(shard);
    all.eval(run_script("look"),
             {tag + ":due", tag + ":due:date", tag + ":rt", tag + ":todo", tag + ":ls",
              tag + ":todo:n", tag + ":ls:n"},
             {});
  }
  auto answers = co_await redis_.call_all(std::move(all));
  std::vector<shard_look> looks;
  looks.reserve(answers.size());
  for (const auto& a : answers) {
    shard_look look;
    if (!a && code_of_script(a) == errc::shard_regressed) {
      look.lost = true;
      looks.push_back(std::move(look));
      continue;
    }
    if (!a) co_return code_of_script(a);
    if (a->size() < 4) co_return errc::protocol;
    auto at = a->begin();
    look.now = instant{std::chrono::milliseconds{(*at++).as_int()}};
    for (bool& blocks : look.blocks) blocks = (*at++).as_int() != 0;
    look.retries = (*at++).as_int() != 0;
    while (at != a->end()) {
      due_cohort due;
      due.cohort = (*at++).as_string();
      due.at = instant{std::chrono::milliseconds{(*at++).as_int()}};
      due.date = {static_cast<std::int32_t>((*at++).as_int())};
      look.due.push_back(std::move(due));
    }
    looks.push_back(std::move(look));
  }
  co_return looks;
}

task<result<run_state>> run_book_store::start(const std::string& app, const std::string& run,
                                              instant at) {
  const answer a = co_await redis_.eval(
      run_script("run_start"),
      {app_key(app, "run:" + run), app_key(app, "running"), app_key(app, "runs")},
      {run, "digest", ms(at), decimal(with_.shards), decimal(with_.kept.count())});
  if (!a) co_return code_of_script(a);
  co_return parse_run_state(a->as_string()).value_or(run_state::running);
}

task<result<void>> run_book_store::open(std::uint32_t shard, const std::string& app,
                                        const std::string& run, instant at, instant deadline,
                                        instant claims_from, std::span<const part_opening> parts) {
  const std::string tag = shard_tag(shard);
  std::vector<std::string> kept{
      tag, run, app, ms(at), ms(deadline), ms(claims_from), std::to_string(with_.kept.count())};
  for (const part_opening& p : parts) {
    kept.push_back(p.cohort);
    kept.push_back(std::to_string(p.date.days));
    kept.push_back(std::to_string(p.weekday));
    kept.push_back(ms(p.next_at));
    kept.push_back(std::to_string(p.next_date.days));
  }
  const std::vector<std::string_view> args(kept.begin(), kept.end());
  const std::vector<std::string> names{tag + ":due",  tag + ":due:date", tag + ":seq",
                                       tag + ":open", tag + ":todo",     tag + ":run:" + run};
  const std::vector<std::string_view> keys(names.begin(), names.end());
  const answer a = co_await redis_.eval(run_script("open"), keys, args);
  if (!a) {
    // Not due there yet by a hair: the next look opens it.
    if (code_of_script(a) == errc::conflict) co_return result<void>{};
    co_return code_of_script(a);
  }
  if (a->as_int() < 0) co_return result<void>{};
  reached("after_open_shard");
  const answer noted =
      co_await redis_.call("HSET", app_key(app, "run:" + run), "o:" + std::to_string(shard), "1");
  if (!noted) co_return noted.error();
  co_return result<void>{};
}

task<result<void>> run_book_store::reconcile(const std::string& app) {
  const answer running =
      co_await redis_.call("SRANDMEMBER", app_key(app, "running"), most_runs_reconciled);
  if (!running) co_return running.error();
  bool lost = false;
  for (const auto& run : *running) {
    auto done = co_await reconcile_run(app, std::string(run.as_string()));
    if (!done && done.error() != errc::shard_regressed) co_return done;
    lost |= !done;
  }
  if (lost) co_return errc::shard_regressed;
  co_return result<void>{};
}

task<result<void>> run_book_store::reconcile_run(const std::string& app, const std::string& run) {
  const answer head = co_await redis_.call("HGETALL", app_key(app, "run:" + run));
  if (!head) co_return head.error();
  if (head->empty()) {  // its retention is over, or it never came to be
    const answer gone = co_await redis_.call("SREM", app_key(app, "running"), run);
    if (!gone) co_return gone.error();
    co_return result<void>{};
  }
  std::vector<bool> opened(with_.shards, false), reported(with_.shards, false);
  std::string_view halt = "0";
  for (auto at = head->begin(); at != head->end(); ++at) {
    const auto field = (*at++).as_string();
    if (field == "state") {
      halt = halt_word(parse_run_state((*at).as_string()).value_or(run_state::running));
    }
    if (field.size() < 3 || field[1] != ':') continue;
    std::uint32_t shard = 0;
    std::from_chars(field.data() + 2, field.data() + field.size(), shard);
    if (shard < with_.shards) (field[0] == 'o' ? opened : reported)[shard] = true;
  }
  const auto due = instant_of_digest_run(run);
  bool lost = false;
  for (std::uint32_t shard = 0; shard < with_.shards; ++shard) {
    if (reported[shard]) continue;
    const answer a = co_await redis_.call("HGETALL", shard_key(shard, "run:" + run));
    if (!a && a.error() != errc::shard_regressed) co_return a.error();
    if (!a || (a->empty() && opened[shard])) {
      lost = true;  // never reported: the run is not done until the operator has decided
      continue;
    }
    std::string_view state, told = "0";
    for (auto at = a->begin(); at != a->end(); ++at) {
      const auto field = (*at++).as_string();
      if (field == "state") state = (*at).as_string();
      if (field == "halt") told = (*at).as_string();
    }
    if (due && (a->empty() || state == "opening")) {
      // Whoever started the run left before this shard, or whoever was due here has left since:
      // nobody is due here, or look() opens it.
      auto done = co_await open(shard, app, run, *due, *due, *due, {});
      if (!done) co_return done;
    }
    if (a->empty()) continue;
    if (state != "done") {
      // A shard that was opened later than the order came, or whose answer was lost.
      if (told != halt) {
        if (auto done = co_await tell_halt(redis_, shard, run, halt); !done) co_return done;
      }
      continue;
    }
    reached("before_report");
    const answer reports = co_await redis_.eval(
        run_script("run_report"), {app_key(app, "run:" + run), app_key(app, "running")},
        {run, decimal(shard), counters_text(a->view()), decimal(with_.kept.count())});
    if (!reports) co_return code_of_script(reports);
    reached("after_report");
  }
  if (lost) co_return errc::shard_regressed;
  co_return result<void>{};
}

task<result<paperboy::run>> run_book_store::find(const std::string& app, const std::string& id) {
  const answer head = co_await redis_.call("HGETALL", app_key(app, "run:" + id));
  if (!head) co_return head.error();
  if (head->empty()) co_return errc::not_found;
  paperboy::run r;
  r.id = id;
  r.app = app;
  std::vector<bool> reported(with_.shards, false);
  for (auto at = head->begin(); at != head->end(); ++at) {
    const auto field = (*at++).as_string();
    const auto value = (*at).as_string();
    if (field == "kind") r.kind = value;
    if (field == "state") r.state = parse_run_state(value).value_or(run_state::running);
    if (field == "due") r.due_at = instant_of(value).value_or(instant{});
    if (field == "started") r.started_at = instant_of(value);
    if (field == "finished") r.finished_at = instant_of(value);
    if (field.starts_with("f:")) {
      std::uint32_t shard = 0;
      std::from_chars(field.data() + 2, field.data() + field.size(), shard);
      if (shard < with_.shards) reported[shard] = true;
      r.count += ledger_of_counters(value);
    }
  }
  // It is not open anywhere, and never was if it was cancelled.
  if (!r.started_at) co_return r;
  bool all_open = true;
  for (std::uint32_t shard = 0; shard < with_.shards; ++shard) {
    if (reported[shard]) continue;
    const answer a = co_await redis_.call("HGETALL", shard_key(shard, "run:" + id));
    if (!a) co_return a.error();
    bool open = false;
    for (auto at = a->begin(); at != a->end(); ++at) {
      const auto field = (*at++).as_string();
      open |= field == "state" && (*at).as_string() != "opening";
    }
    all_open &= open;
    r.count += ledger_of(a->view());
  }
  // Until every shard has opened and reported it cannot be done: somebody may still be owed.
  if (r.state != run_state::done && !r.finished_at && r.count.pending == 0 && !all_open) {
    r.count.pending = 1;
    r.count.eligible += 1;
  }
  if (r.state == run_state::running && r.count.pending == 0 && all_open) {
    co_return co_await ended(std::move(r));
  }
  co_return r;
}

// Nothing is pending in any shard, so that the run is done, entered as such or not yet.
task<result<paperboy::run>> run_book_store::ended(paperboy::run r) {
  if (const auto entered = co_await reconcile_run(r.app, r.id); !entered) co_return entered.error();
  const answer at = co_await redis_.call("HGET", app_key(r.app, "run:" + r.id), "finished");
  if (!at) co_return at.error();
  r.state = run_state::done;
  r.finished_at = instant_of(at->as_string());
  co_return r;
}

task<result<run_book::page>> run_book_store::list(const std::string& app, std::string_view kind,
                                                  std::size_t limit, std::string_view cursor) {
  page found;
  std::size_t offset = 0;
  if (!cursor.empty()) {
    const answer rank = co_await redis_.call("ZREVRANK", app_key(app, "runs"), cursor);
    if (!rank) co_return rank.error();
    if (rank->is_nil()) co_return errc::invalid;
    offset = static_cast<std::size_t>(rank->as_int()) + 1;
  }
  while (found.runs.size() < limit) {
    const std::size_t wanted = limit - found.runs.size() + 1;
    const answer ids =
        co_await redis_.call("ZREVRANGE", app_key(app, "runs"), offset, offset + wanted - 1);
    if (!ids) co_return ids.error();
    for (const auto& id : *ids) {
      ++offset;
      auto r = co_await find(app, std::string(id.as_string()));
      if (!r) {
        if (r.error() == errc::not_found) continue;
        co_return r.error();
      }
      if (!kind.empty() && r->kind != kind) continue;
      if (found.runs.size() == limit) {
        found.next = found.runs.back().id;
        co_return found;
      }
      found.runs.push_back(std::move(*r));
    }
    if (ids->size() < wanted) break;
  }
  co_return found;
}

task<result<std::vector<slot_report>>> run_book_store::slots_of(const stored_subscriber& s,
                                                                std::size_t most) {
  std::vector<slot_report> reports;
  const auto z = zone::named(s.place.cohort.time_zone);
  if (!z) co_return z.error();
  const std::string cohort = to_text(s.place.cohort);
  const answer clock = co_await redis_.call("TIME");
  if (!clock) co_return clock.error();
  instant until{std::chrono::seconds{(*clock)[0].as_int()}};
  const instant oldest = until - with_.kept;
  while (reports.size() < most) {
    const auto slot = previous_slot(*z, s.place.cohort.time, weekdays::all(), until);
    if (!slot || slot->at < oldest) break;
    auto report = co_await slot_of(s, cohort, slot->date, slot->at);
    if (!report) co_return report.error();
    if (!report->state.empty()) reports.push_back(std::move(*report));
    until = slot->at - std::chrono::milliseconds{1};
  }
  co_return reports;
}

task<result<slot_report>> run_book_store::slot_of(const stored_subscriber& s,
                                                  const std::string& cohort, local_date date,
                                                  instant at) {
  slot_report report;
  report.date = date;
  report.run = digest_run_id(s.place.cohort.app, at);
  const std::string name = report.run + '|' + cohort;
  const std::string block = std::to_string(s.place.block());
  const answer part = co_await redis_.call("HMGET", shard_key(s.place.shard, "p:" + name), "seq",
                                           "state", "b" + block, "w" + block);
  if (!part) co_return part.error();
  const auto seq = (*part)[0].integer();
  // Not opened, or the subscriber came here later: this place says nothing of that date.
  if (!seq || s.value.joined >= *seq) co_return report;
  const bool done = (*part)[1].as_string() == "done";
  const auto bits = (*part)[2].as_string();
  const unsigned slot = s.place.slot_in_block();
  const bool settled =
      bits.size() == 32 && (static_cast<unsigned char>(bits[slot / 8]) >> (slot % 8) & 1U) != 0;
  if (!settled) {
    report.state = done ? "" : "pending";  // done without a bit: not due on that day
    co_return report;
  }
  report.state = "sent";
  const auto why = (*part)[3].as_string();
  for (std::size_t i = 0; i + 1 < why.size(); i += 2) {
    if (static_cast<unsigned char>(why[i]) != slot) continue;
    const auto code = static_cast<std::uint8_t>(why[i + 1]);
    if (code == why_rejected) {
      report.state = "rejected";
    } else if (code == why_expired) {
      report.state = "expired";
    } else {
      report.state = "skipped";
      report.reason = to_text(static_cast<skip_reason>(code));
    }
  }
  const answer waiting = co_await redis_.call(
      "HEXISTS", shard_key(s.place.shard, "rt:" + report.run), to_text(s.value.id));
  if (!waiting) co_return waiting.error();
  if (waiting->as_int() == 1) report.state = "pending";
  co_return report;
}

}  // namespace paperboy::redis
