#include "adapters/http/handlers/bind.hpp"
#include "adapters/http/wire/run_json.hpp"
#include "adapters/http/wire/subscriber_json.hpp"

namespace paperboy::http::handling {
namespace {

constexpr std::size_t most_slots = 100;

}  // namespace

task<answer> list_subscriber_digests(api_state& api, const context&, const request& r) {
  const auto who = subscriber_of(r);
  if (!who) co_return absent();
  const auto found = co_await api.people.find(*who);
  if (!found) co_return failure(found.error());
  const auto slots = co_await api.parts.runs.slots_of(found->stored, most_slots);
  if (!slots) co_return failure(slots.error());
  co_return answer::json(200, write_slots(*slots));
}

task<answer> export_subscriber(api_state& api, const context&, const request& r) {
  const auto who = subscriber_of(r);
  if (!who) co_return absent();
  const auto found = co_await api.people.find(*who);
  if (!found) co_return failure(found.error());
  const auto topics = co_await api.parts.news.topics(who->app);
  if (!topics) co_return failure(topics.error());
  const auto slots = co_await api.parts.runs.slots_of(found->stored, most_slots);
  if (!slots) co_return failure(slots.error());
  co_return answer::json(200, write_export(found->stored, **topics, *slots));
}

task<answer> erase_subscriber(api_state& api, const context&, const request& r) {
  const auto who = subscriber_of(r);
  if (!who) co_return absent();
  const auto erased = co_await api.people.erase(*who);
  if (!erased) co_return failure(erased.error());
  co_return answer(204);
}

}  // namespace paperboy::http::handling
