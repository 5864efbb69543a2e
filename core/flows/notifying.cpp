#include "core/flows/notifying.hpp"

#include "core/kill_points.hpp"
#include "core/ports/run_book.hpp"

namespace paperboy {
namespace {

using faults = std::vector<field_error>;

task<result<faults>> faults_of(newsroom& news, const app_settings& app,
                               const notification_order& order, instant now) {
  const auto topics = co_await news.topics(app.context.id);
  if (!topics) co_return topics.error();
  const order_rules rules{app.link_hosts, now, [&topics](std::string_view key) {
                            return (*topics)->find(key) != nullptr;
                          }};
  auto found = validate(order, rules);
  if (valid_item_id(order.item_id)) {
    const auto named = co_await news.find_item(app.context.id, order.item_id);
    if (!named) co_return named.error();
    if (!*named) {
      found.push_back({"/item_id", "unknown-item",
                       "is no item of the app; publish it first, or leave it out"});
    }
  }
  co_return found;
}

task<result<void>> store_run_item(newsroom& news, const app_settings& app,
                                  const notification_order& order, const std::string& run) {
  if (!order.item_id.empty() || order.news.url.empty()) co_return result<void>{};
  const auto due = instant_of_run(run);
  if (!due) co_return make_error_code(errc::protocol);
  const item told = run_item(order, run, *due, app.defaults().locale);
  const auto put = co_await news.put_items(app.context.id, {&told, 1});
  if (!put) co_return put.error();
  co_return result<void>{};
}

}  // namespace

task<result<notifying_end>> enter_notification(notification_desk& desk, newsroom& news,
                                               const app_settings& app,
                                               const notification_order& order,
                                               const request_identity& once, instant now,
                                               std::uint64_t random) {
  auto wrong = co_await faults_of(news, app, order, now);
  if (!wrong) co_return wrong.error();
  order_answer taken;
  if (wrong->empty()) {
    const instant due = due_at(order, now);
    reached("before_enter");
    const auto entered = co_await desk.enter(app.context.id, notification_run_id(due, random), due,
                                             order, once);
    if (!entered) co_return entered.error();
    reached("after_enter");
    taken = *entered;
  } else {
    const auto before = co_await desk.recall(app.context.id, once);
    if (!before) co_return before.error();
    if (!*before || (*before)->end != order_end::repeated) co_return notifying_end{*wrong};
    taken = **before;
  }
  if (taken.end != order_end::other_body) {
    const auto stored = co_await store_run_item(news, app, order, taken.run);
    if (!stored) co_return stored.error();
    reached("after_run_item");
  }
  co_return notifying_end{taken};
}

}  // namespace paperboy
