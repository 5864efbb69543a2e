#include "tests/sim/worker.hpp"

#include <boost/asio/co_spawn.hpp>

#include "core/flows/digest_source.hpp"
#include "core/flows/notification_source.hpp"
#include "core/flows/opening.hpp"

namespace paperboy::sim {

worker::worker(const worker_surroundings& around, std::string name, std::uint64_t seed)
    : around_(around),
      name_(std::move(name)),
      chance_(seed),
      weather_(seed + 1),
      walk_(around.store, name_, around.apps),
      book_(around.store),
      people_(around.store, [this] { return now(); }),
      notes_(around.store, [] { return true; }) {
  weather_.tell = [this](std::string_view call, faults::store_fault what) {
    around_.tell.say(name_, "{}: {}", call,
                     what == faults::store_fault::timed_out            ? "timed out, not done"
                     : what == faults::store_fault::done_and_timed_out ? "timed out, done"
                                                                       : "unavailable");
  };
  for (const auto& [id, defaults] : around_.apps) {
    app_context& app = apps_[id];
    app.id = id;
    app.defaults = defaults;
    for (const platform p : {platform::ios, platform::android}) {
      gateways_.push_back(std::make_unique<sim_gateway>(loop_, around_.gateways,
                                                        gateway_world::line{id, p}, name_));
      (p == platform::ios ? app.gateways.apns : app.gateways.fcm) = gateways_.back().get();
    }
  }
  work_ = std::make_unique<sender>(
      sender::parts{faulty_book_, faulty_walk_, faulty_people_, faulty_news_, faulty_notes_,
                    faulty_notes_, faulty_notes_, quotas_, apps_, around_.delivery,
                    [this](const app_context& app, const std::string& run) {
                      return source(app, run);
                    },
                    [this] { return now(); }, [this] { return chance_(); }, *this},
      static_cast<std::uint32_t>(around_.store.shards.size()), around_.window);
  spawn(work_->watch());
  spawn(work_->watch_instant());
  spawn(work_->draw_quotas());
  for (std::size_t i = 0; i < sender::all_lanes; ++i) spawn(work_->lane(i));
  for (std::size_t i = 0; i < sender::retry_lanes; ++i) spawn(work_->retries(i));
}

worker::~worker() {
  for (auto& g : gateways_) g->die();
  loop_.kill();
}

void worker::spawn(task<void> child) {
  ++running_;
  boost::asio::co_spawn(loop_.get_executor(), std::move(child), [this](std::exception_ptr failure) {
    --running_;
    if (failure) std::rethrow_exception(failure);
  });
}

bool worker::poll() { return !frozen_ && loop_.poll_one() > 0; }

void worker::renew_credentials() {
  for (auto& g : gateways_) g->renew_credential();
  work_->credentials_replaced();
}

task<result<std::shared_ptr<message_source>>> worker::source(const app_context& app,
                                                             const std::string& run) {
  const auto at = instant_of_digest_run(run);
  if (!at) co_return co_await notification(app, run);
  auto frozen = co_await faulty_news_.frozen(app.id, run);
  if (!frozen) co_return frozen.error();
  auto topics = co_await faulty_news_.topics(app.id);
  if (!topics) co_return topics.error();
  const auto told =
      co_await faulty_notes_.told(app.id, *at - longest_window(app.defaults), *at);
  if (!told) co_return told.error();
  digest_source::setting s{app, around_.delivery, around_.words, seal_,
                           [this](std::string_view wish) { return walk_.values_of(wish); }};
  co_return std::make_shared<digest_source>(std::move(s), *at, std::move(*frozen),
                                            std::move(*topics), *told);
}

task<result<std::shared_ptr<message_source>>> worker::notification(const app_context& app,
                                                                   const std::string& run) {
  const auto at = instant_of_run(run);
  if (!at) co_return errc::invalid;
  auto order = co_await faulty_notes_.order_of(app.id, run);
  if (!order) co_return order.error();
  auto topics = co_await faulty_news_.topics(app.id);
  if (!topics) co_return topics.error();
  const bool has_item = !item_of(*order, run).empty();
  co_return std::make_shared<notification_source>(
      app, *at, std::move(*order), run, has_item, std::move(*topics),
      [this](std::string_view wish) { return walk_.values_of(wish); });
}

void worker::attempted(const std::string&, platform, const outcome& o) noexcept {
  if (o.what != verdict::accepted) around_.tell.say(name_, "attempt ended: {}", o.metric);
}
void worker::committed(std::size_t slots, bool lease_lost) noexcept {
  around_.tell.say(name_, "committed {} slots{}", slots, lease_lost ? ", the lease is lost" : "");
}
void worker::token_removed(const std::string& app) noexcept {
  around_.tell.say(name_, "forgot a token of {}", app);
}
void worker::removals_stopped(const std::string& app, platform p, bool stopped) noexcept {
  around_.tell.say(name_, "removals of {} by {} {}", app, gateway_of(p),
                   stopped ? "stopped" : "go on");
}
void worker::set_aside(const std::string& app) noexcept {
  around_.tell.say(name_, "set somebody of {} aside", app);
}
void worker::circuit_changed(const std::string& app, platform p, circuit_cause, bool open,
                             std::string_view reason) noexcept {
  around_.tell.say(name_, "the circuit of {} by {} {} {}", app, gateway_of(p),
                   open ? "opens:" : "closes", reason);
}
void worker::put_off(const std::string& app, platform p) noexcept {
  around_.tell.say(name_, "puts a retry of {} by {} off", app, gateway_of(p));
}
void worker::failed(std::string_view doing, const error_code& why) noexcept {
  around_.tell.say(name_, "could not {}: {}", doing, why.message());
}
void worker::unknown_cohort(std::string_view cohort) noexcept {
  around_.tell.say(name_, "does not know {}", cohort);
}

}  // namespace paperboy::sim
