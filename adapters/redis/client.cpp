#include "adapters/redis/client.hpp"

#include <algorithm>
#include <utility>

#include "adapters/redis/connection.hpp"

namespace paperboy::redis {
namespace {

using shared_connection = std::shared_ptr<connection>;

// Free functions, so that a coroutine holds the connection and never the client.
task<answer> run_one(shared_connection on, command c) {
  answer a;
  co_await on->execute(c.encoded(), {&a, 1});
  co_return a;
}

// Runs again those whose script the server did not know. The first of each script brings its
// source, the rest find it loaded: the server takes them in order.
task<void> run_missing_scripts(connection& on, const pipeline& first, std::span<answer> answers) {
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
  if (positions.empty()) co_return;
  on.statistics().script_loads += brought.size();
  std::vector<answer> fresh(positions.size());
  co_await on.execute(again.bytes(), fresh);
  for (std::size_t i = 0; i < positions.size(); ++i) answers[positions[i]] = std::move(fresh[i]);
}

task<std::vector<answer>> run_all(shared_connection on, pipeline p) {
  std::vector<answer> answers(p.size());
  co_await on->execute(p.bytes(), answers);
  co_await run_missing_scripts(*on, p, answers);
  co_return answers;
}

task<answer> run_script(shared_connection on, pipeline p) {
  answer a;
  co_await on->execute(p.bytes(), {&a, 1});
  if (a.kind() == error_kind::no_script) co_await run_missing_scripts(*on, p, {&a, 1});
  co_return a;
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
  return run_one(connection_, std::move(c));
}

task<std::vector<answer>> client::call_all(pipeline p) {
  return run_all(connection_, std::move(p));
}

task<answer> client::eval(const script& s, text_list keys, text_list args) {
  pipeline p;
  p.eval(s, keys, args);
  return run_script(connection_, std::move(p));
}

task<answer> client::eval(const script& s, std::initializer_list<std::string_view> keys,
                          std::initializer_list<std::string_view> args) {
  pipeline p;
  p.eval(s, keys, args);
  return run_script(connection_, std::move(p));
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
