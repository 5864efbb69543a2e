#include <algorithm>

#include "adapters/http/field.hpp"
#include "adapters/http/handlers/bind.hpp"
#include "adapters/http/json_writer.hpp"

namespace paperboy::http::handling {
namespace {

constexpr std::size_t most_topics = 50;

struct audience_request {
  std::vector<const topic*> topics;
  bool all = false;  // else any
};

problem bad_parameter(std::string_view slug, std::string_view detail) {
  return {422, std::string(slug), std::string(detail), {}};
}

std::optional<problem> read_audience(const request& r, const catalogue& topics,
                                     audience_request& asked) {
  const auto match = r.query("match").value_or("any");
  if (match != "any" && match != "all") {
    return bad_parameter("unknown-match", "`match` is any or all.");
  }
  asked.all = match == "all";
  bool unknown = false;
  for_each_element(r.query("topics").value_or(""), [&](std::string_view key) {
    const topic* t = topics.find(key);
    unknown = unknown || t == nullptr;
    asked.topics.push_back(t);
  });
  if (unknown) return bad_parameter("unknown-topic", "The catalogue has no such topic.");
  if (asked.topics.empty() || asked.topics.size() > most_topics) {
    return bad_parameter("out-of-range", "`topics` names 1 to 50 topics between commas.");
  }
  return std::nullopt;
}

std::string write_audience(const audience_size& size) {
  std::string json;
  json_writer w(json);
  w.begin_object()
      .member("subscribers", size.subscribers)
      .member("devices", size.ios_devices + size.android_devices)
      .key("by_platform")
      .begin_object()
      .member("ios", size.ios_devices)
      .member("android", size.android_devices)
      .end_object()
      .end_object();
  return json;
}

}  // namespace

task<answer> get_audience(api_state& api, const context&, const request& r) {
  const auto* app = api.app_of(r);
  if (app == nullptr) co_return absent();
  const auto topics = co_await api.parts.news.topics(app->context.id);
  if (!topics) co_return failure(topics.error());
  audience_request asked;
  if (const auto wrong = read_audience(r, **topics, asked)) co_return to_answer(*wrong);
  const std::function<bool(const choices&)> wanted = [&](const choices& said) {
    const auto follows = [&](const topic* t) {
      return (*topics)->effective(said, *t).wanted != frequency::off;
    };
    return asked.all ? std::all_of(asked.topics.begin(), asked.topics.end(), follows)
                     : std::any_of(asked.topics.begin(), asked.topics.end(), follows);
  };
  const auto size = co_await api.parts.audience.count(app->context.id, wanted);
  if (!size) co_return failure(size.error());
  co_return answer::json(200, write_audience(*size));
}

}  // namespace paperboy::http::handling
