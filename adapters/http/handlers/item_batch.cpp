#include "adapters/http/handlers/item_batch.hpp"

#include "adapters/http/json_writer.hpp"
#include "adapters/http/wire/body.hpp"
#include "adapters/http/wire/item_json.hpp"

namespace paperboy::http {
namespace {

std::string accepted_line(std::string_view id, put_answer put) {
  std::string json;
  json_writer w(json);
  w.begin_object()
      .member("id", id)
      .member("status", put == put_answer::created ? 201 : 200)
      .end_object();
  return json;
}

// The problem as a request of its own would get it, with the id in front.
std::string refused_line(std::string_view id, const problem& p) {
  const answer alone = to_answer(p);
  std::string json;
  json_writer w(json);
  w.begin_object().key("id");
  if (id.empty()) {
    w.null();
  } else {
    w.value(id);
  }
  json += ',';
  json.append(alone.body(), 1);  // without its opening brace
  return json;
}

}  // namespace

item_rules item_rules_of(const app_settings& app, const catalogue& topics, instant now) {
  return {app.link_hosts, now,
          [&topics](std::string_view key) { return topics.find(key) != nullptr; }};
}

task<result<void>> item_batch::take(std::string_view line) {
  std::string id;
  std::variant<item, problem> read =
      problem{413, "body-too-large", "A line has at most 65536 bytes.", {}};
  if (line.size() <= line_limit) {
    read = read_body(line, [&](const auto& root, auto& faults) {
      return read_item_line(root, rules_, id, faults);
    });
  }
  if (const auto* wrong = std::get_if<problem>(&read)) {
    results_.push_back(refused_line(id, *wrong));
    co_return result<void>{};
  }
  // An id that comes twice is a change of what came first.
  if (waiting_.size() == most_at_once || ids_.contains(id)) {
    if (auto stored = co_await store(); !stored) co_return stored;
  }
  waiting_.push_back(std::get<item>(std::move(read)));
  ids_.insert(id);
  places_.push_back(results_.size());
  results_.emplace_back();
  co_return result<void>{};
}

task<result<void>> item_batch::store() {
  if (waiting_.empty()) co_return result<void>{};
  const auto put = co_await news_.put_items(app_, waiting_);
  if (!put) co_return put.error();
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    results_[places_[i]] = accepted_line(waiting_[i].id, (*put)[i]);
  }
  waiting_.clear();
  places_.clear();
  ids_.clear();
  co_return result<void>{};
}

std::string item_batch::results() const {
  std::string lines;
  for (const auto& line : results_) {
    lines += line;
    lines += '\n';
  }
  return lines;
}

}  // namespace paperboy::http
