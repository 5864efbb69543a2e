#include "core/flows/subscriber_change.hpp"

#include <algorithm>

namespace paperboy {
namespace {

// The credential names no app: the roster finds the record by its id alone.
const std::string any_app;

bool speaks_for(const opened_credential& credential, const subscriber& s) noexcept {
  const device* d = s.find_device(credential.device.number);
  return d != nullptr && d->live() && d->generation == credential.generation;
}

// Its credential still opens as previous_credential.
bool may_come_back(const device& d, std::chrono::sys_seconds now) noexcept {
  return d.live() || now - d.lost_at <= lost_device_kept;
}

bool same(const subscriber& a, const subscriber& b) noexcept {
  return a.wishes == b.wishes && a.devices == b.devices;
}

}  // namespace

task<result<found_subscriber>> subscribers::find(const subscriber_access& who) {
  const auto* credential = std::get_if<opened_credential>(&who);
  const auto* named = std::get_if<named_subscriber>(&who);
  const errc absent = credential != nullptr ? errc::unauthorized : errc::not_found;
  auto stored = credential != nullptr
                    ? co_await people_.find(any_app, credential->device.subscriber)
                    : co_await people_.find(named->app, named->id);
  if (!stored && stored.error() != errc::not_found) co_return stored.error();
  if (!stored || (credential != nullptr && !speaks_for(*credential, stored->value))) {
    co_return make_error_code(absent);
  }
  const auto app = apps_.find(stored->value.app);
  if (app == apps_.end()) co_return make_error_code(absent);
  co_return found_subscriber{&app->second, std::move(*stored)};
}

task<result<found_subscriber>> subscribers::change(const subscriber_access& who,
                                                   const decision& decide) {
  for (int attempt = 0; attempt < most_write_attempts; ++attempt) {
    auto found = co_await find(who);
    if (!found) co_return found.error();
    auto topics = co_await news_.topics(found->value().app);
    if (!topics) co_return topics.error();

    subscriber after = found->value();
    if (!decide(*found, **topics, after) || same(after, found->value())) co_return found;
    if (after.wishes != found->value().wishes) ++after.version;
    auto written = co_await people_.change(found->stored, std::move(after), found->app->defaults());
    if (written) co_return found_subscriber{found->app, std::move(*written)};
    if (written.error() != errc::conflict) co_return written.error();
  }
  co_return make_error_code(errc::conflict);
}

task<result<void>> subscribers::erase(const subscriber_access& who) {
  for (int attempt = 0; attempt < most_write_attempts; ++attempt) {
    auto found = co_await find(who);
    if (!found) co_return found.error();
    auto erased = co_await people_.erase(found->stored, found->app->defaults());
    if (erased || erased.error() != errc::conflict) co_return erased;
  }
  co_return make_error_code(errc::conflict);
}

task<result<void>> subscribers::forget_device(const opened_credential& who,
                                              std::chrono::sys_seconds now) {
  for (int attempt = 0; attempt < most_write_attempts; ++attempt) {
    auto found = co_await find(who);
    if (!found) co_return found.error();
    subscriber after = found->value();
    std::erase_if(after.devices, [&](const device& d) {
      return d.number == who.device.number || !may_come_back(d, now);
    });
    const auto& defaults = found->app->defaults();
    error_code failure;
    if (after.devices.empty()) {
      const auto erased = co_await people_.erase(found->stored, defaults);
      if (!erased) failure = erased.error();
    } else {
      const auto written = co_await people_.change(found->stored, std::move(after), defaults);
      if (!written) failure = written.error();
    }
    if (!failure) co_return result<void>{};
    if (failure != errc::conflict) co_return failure;
  }
  co_return make_error_code(errc::conflict);
}

}  // namespace paperboy
