#include "adapters/redis/client.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/redis/connection.hpp"
#include "adapters/redis/shard_guard.hpp"

namespace paperboy::redis {
namespace {

using shared_connection = std::shared_ptr<connection>;
using shared_guard = std::shared_ptr<shard_guard>;

// What `a` is worth, given what its place says afterwards.
void believe(shard_guard& guard, key_place where, answer& a, const answer& said) {
  if (!said) {
    // Not known: as if it had no answer, and may or may not have been done.
    if (a) a = answer{said.kind()};
  } else if (!guard.judge(where, said->as_string())) {
    a = answer{error_kind::regressed};
  }
}

answer refused_as_lost(connection& on) {
  ++on.statistics().errors[static_cast<std::size_t>(error_kind::regressed)];
  return answer{error_kind::regressed};
}

// Free functions, so that a coroutine holds the connection and never the client.
task<answer> run_one(shared_connection on, shared_guard guard, command c) {
  const key_place where = c.place();
  if (!guard || !guard->knows(where)) {
    answer a;
    co_await on->execute(c.encoded(), {&a, 1});
    co_return a;
  }
  if (guard->lost(where)) co_return refused_as_lost(*on);
  std::array<answer, 2> both;
  co_await on->execute(c.encoded_with(guard->question(where)), both);
  believe(*guard, where, both[0], both[1]);
  co_return std::move(both[0]);
}

// Asks the places that a pipeline goes to, behind its commands, and says what its answers are
// worth. Plain functions around one co_await: a coroutine for each part costs more than the part.
class inquiry {
 public:
  // Appends the questions to `p`. No `guard`: nothing is asked.
  inquiry(shard_guard* guard, pipeline& p) : guard_(guard), commands_(p.size()) {
    if (guard_ == nullptr) return;
    for (std::size_t i = 0; i < commands_; ++i) {
      const key_place where = p.place(i);
      // Neighbours most often stand together.
      if (!guard_->knows(where) || (!places_.empty() && places_.back() == where)) continue;
      if (std::ranges::find(places_, where) == places_.end()) places_.push_back(where);
    }
    for (const key_place where : places_) p.add_encoded(guard_->question(where));
  }

  // Every place is known to be lost: the pipeline need not be sent.
  bool in_vain() const {
    return !places_.empty() &&
           std::ranges::all_of(places_, [this](key_place where) { return guard_->lost(where); });
  }

  // Leaves one answer for each command, what it is worth.
  void settle(const pipeline& p, std::vector<answer>& answers) const {
    for (std::size_t i = 0; i < commands_ && !places_.empty(); ++i) {
      const auto at = std::ranges::find(places_, p.place(i));
      if (at == places_.end()) continue;
      const auto asked = commands_ + static_cast<std::size_t>(at - places_.begin());
      believe(*guard_, *at, answers[i], answers[asked]);
    }
    answers.resize(commands_);
  }
  void refuse(connection& on, std::vector<answer>& answers) const {
    answers.resize(commands_);
    for (answer& a : answers) a = refused_as_lost(on);
  }

 private:
  shard_guard* guard_;
  std::size_t commands_;
  std::vector<key_place> places_;
};

bool misses_a_script(const pipeline& p, const std::vector<answer>& answers) {
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i].kind() == error_kind::no_script && p.script_of(i) != nullptr) return true;
  }
  return false;
}

// Runs again those whose script the server did not know. The first of each script brings its
// source, the rest find it loaded: the server takes them in order.
task<void> run_missing_scripts(connection& on, shard_guard* guard, const pipeline& first,
                               std::span<answer> answers) {
  pipeline again;
  std::vector<std::size_t> positions;
  std::vector<const script*> brought;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const script* const code = first.script_of(i);
    if (code == nullptr || answers[i].kind() != error_kind::no_script) continue;
    if (std::find(brought.begin(), brought.end(), code) == brought.end()) {
      first.repeat_with_source(i, again);
      brought.push_back(code);
    } else {
      first.repeat(i, again);
    }
    positions.push_back(i);
  }
  on.statistics().script_loads += brought.size();
  const inquiry asked(guard, again);
  std::vector<answer> fresh(again.size());
  if (asked.in_vain()) {
    asked.refuse(on, fresh);
  } else {
    co_await on.execute(again.bytes(), fresh);
    asked.settle(again, fresh);
  }
  for (std::size_t i = 0; i < positions.size(); ++i) answers[positions[i]] = std::move(fresh[i]);
}

task<std::vector<answer>> run_all(shared_connection on, shared_guard guard, pipeline p) {
  const inquiry asked(guard.get(), p);
  std::vector<answer> answers(p.size());
  if (asked.in_vain()) {
    asked.refuse(*on, answers);
    co_return answers;
  }
  co_await on->execute(p.bytes(), answers);
  asked.settle(p, answers);
  if (misses_a_script(p, answers)) {
    co_await run_missing_scripts(*on, guard.get(), p, answers);
  }
  co_return answers;
}

// A pipeline of one script's call, which most writes are.
task<answer> run_script(shared_connection on, shared_guard guard, pipeline p) {
  const key_place where = p.place(0);
  const bool asks = guard && guard->knows(where);
  if (asks && guard->lost(where)) co_return refused_as_lost(*on);
  if (asks) p.add_encoded(guard->question(where));
  std::array<answer, 2> both;
  co_await on->execute(p.bytes(), std::span(both).first(p.size()));
  if (asks) believe(*guard, where, both[0], both[1]);
  if (both[0].kind() == error_kind::no_script) {
    co_await run_missing_scripts(*on, guard.get(), p, std::span(both).first(1));
  }
  co_return std::move(both[0]);
}

}  // namespace

client::client(boost::asio::io_context& context, client_settings settings)
    : connection_(std::make_shared<connection>(context, std::move(settings))) {
  connection_->start();
}

client::~client() {
  connection_->stop();
}

task<result<void>> client::wait_until_connected(std::chrono::milliseconds limit) {
  return connection_->wait_until_connected(limit);
}

task<answer> client::call(command c) {
  return run_one(connection_, guard_, std::move(c));
}

task<std::vector<answer>> client::call_all(pipeline p) {
  return run_all(connection_, guard_, std::move(p));
}

task<answer> client::eval(const script& s, text_list keys, text_list args) {
  pipeline p;
  p.eval(s, keys, args);
  return run_script(connection_, guard_, std::move(p));
}

task<answer> client::eval(const script& s, text_list keys, const encoded_list& args) {
  pipeline p;
  // Beside them the script's name, the keys, and the question.
  constexpr std::size_t around = 160, usual_key = 32;
  p.reserve(2, args.bytes().size() + around + usual_key * keys.size());
  p.eval(s, keys, args);
  return run_script(connection_, guard_, std::move(p));
}

task<answer> client::eval(const script& s, std::initializer_list<std::string_view> keys,
                          std::initializer_list<std::string_view> args) {
  pipeline p;
  p.eval(s, keys, args);
  return run_script(connection_, guard_, std::move(p));
}

void client::watch_over(std::shared_ptr<shard_guard> guard) noexcept {
  guard_ = std::move(guard);
}

task<void> client::close() {
  return connection_->close();
}

bool client::connected() const noexcept {
  return connection_->connected();
}

const client_statistics& client::statistics() const noexcept {
  return connection_->statistics();
}

const std::string& client::last_failure() const noexcept {
  return connection_->last_failure();
}

const client_settings& client::settings() const noexcept {
  return connection_->settings();
}

}  // namespace paperboy::redis
