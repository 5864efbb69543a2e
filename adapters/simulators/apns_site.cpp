#include "adapters/simulators/apns_site.hpp"

#include <array>
#include <boost/json.hpp>

#include "adapters/simulators/apns_rules.hpp"
#include "adapters/simulators/json_text.hpp"

namespace paperboy::simulators {
namespace {

struct reason_status {
  std::string_view reason;
  std::uint16_t status;
};
constexpr std::array<reason_status, 32> reasons{{{"BadCollapseId", 400},
                                                 {"BadDeviceToken", 400},
                                                 {"BadExpirationDate", 400},
                                                 {"BadMessageId", 400},
                                                 {"BadPriority", 400},
                                                 {"BadTopic", 400},
                                                 {"DeviceTokenNotForTopic", 400},
                                                 {"DuplicateHeaders", 400},
                                                 {"IdleTimeout", 400},
                                                 {"InvalidPushType", 400},
                                                 {"MissingDeviceToken", 400},
                                                 {"MissingTopic", 400},
                                                 {"PayloadEmpty", 400},
                                                 {"TopicDisallowed", 400},
                                                 {"BadCertificate", 403},
                                                 {"BadCertificateEnvironment", 403},
                                                 {"ExpiredProviderToken", 403},
                                                 {"Forbidden", 403},
                                                 {"InvalidProviderToken", 403},
                                                 {"MissingProviderToken", 403},
                                                 {"UnrelatedKeyIdInToken", 403},
                                                 {"BadEnvironmentKeyIdInToken", 403},
                                                 {"BadPath", 404},
                                                 {"MethodNotAllowed", 405},
                                                 {"ExpiredToken", 410},
                                                 {"Unregistered", 410},
                                                 {"PayloadTooLarge", 413},
                                                 {"TooManyProviderTokenUpdates", 429},
                                                 {"TooManyRequests", 429},
                                                 {"InternalServerError", 500},
                                                 {"ServiceUnavailable", 503},
                                                 {"Shutdown", 503}}};

class apns_conversation final : public conversation {
 public:
  apns_conversation(world& w, gateway_name which) : world_(w), which_(which) {}

  void handle(const request& r, answer& out) override;

 private:
  void refuse_with(std::string_view reason, std::optional<std::int64_t> dead_since, answer& out);
  void adjust_streams(std::string_view reason, answer& out);
  void write_down(const request& r, std::string_view device, const answer& out,
                  std::string_view reason, bool taken);

  world& world_;
  gateway_name which_;
  apns_memory memory_;
  std::string id_;
  bool open_ = false;  // the full number of streams is announced
  std::uint32_t rejections_ = 0;
  std::uint32_t bad_tokens_ = 0;
};

// The sender hears nothing of this one.
bool silent(const answer& out) {
  return out.end != ending::answer &&
         !(out.end == ending::go_away && out.last == goaway_last::this_one);
}

// The reason of a fault that answers; with 410 comes the time since when the device is gone.
std::string_view inject(const fault& f, apns_push& push) {
  push.dead_since.reset();
  if (apns_status_of(f.reason) == 410) {
    const auto now = push.all.now().time_since_epoch();
    push.dead_since =
        f.timestamp.value_or(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  }
  return f.reason.empty() ? "injected" : std::string_view(f.reason);
}

std::string_view device_in(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == path.npos ? std::string_view{} : path.substr(slash + 1);
}

void apns_conversation::refuse_with(std::string_view reason, std::optional<std::int64_t> dead_since,
                                    answer& out) {
  const std::uint16_t status = apns_status_of(reason);
  out.status = status == 0 ? std::uint16_t{400} : status;
  out.content_type = "application/json";
  out.body = "{\"reason\":";
  append_json_string(out.body, reason);
  if (dead_since) out.body += ",\"timestamp\":" + std::to_string(*dead_since);
  out.body += '}';
}

// One stream until the first good push, and again after too many refused ones. 410 is no error.
void apns_conversation::adjust_streams(std::string_view reason, answer& out) {
  const gateway_options& options = world_.options;
  if (out.end != ending::answer || out.status == 410) return;
  if (out.status == 200) {
    if (!open_) out.stream_limit = options.apns_stream_limit;
    open_ = true;
    rejections_ = 0;
    return;
  }
  if (out.status >= 500) return;
  if (options.rejections_before_throttle != 0 &&
      ++rejections_ == options.rejections_before_throttle) {
    out.stream_limit = 1;
    open_ = false;
  }
  bad_tokens_ += reason == "BadDeviceToken" ? 1U : 0U;
  if (options.bad_tokens_before_goaway != 0 && bad_tokens_ >= options.bad_tokens_before_goaway) {
    out.end = ending::go_away;
    out.last = goaway_last::this_one;
    out.debug = "{\"reason\":\"BadDeviceToken\"}";
  }
}

void apns_conversation::handle(const request& r, answer& out) {
  const std::string_view sent_id = r.header("apns-id");
  id_ = sent_id.empty() ? world_.make_uuid() : std::string(sent_id);
  out.delay = world_.latency();
  out.headers.emplace_back("apns-id", id_);
  if (which_ == gateway_name::sandbox)
    out.headers.emplace_back("apns-unique-id", world_.make_uuid());

  const fault* f = world_.faults.strike(which_, device_in(r.path()));
  apns_push push{world_, which_, memory_, r};
  std::string_view reason = refuse(push);
  const bool frozen = memory_.expired && world_.options.freeze_after_expired_jwt &&
                      reason != "ExpiredProviderToken";
  if (frozen) out.end = ending::swallow;
  bool taken = reason.empty() && !frozen;
  if (f != nullptr && !frozen) {
    taken = taken && (f->delivered || !(f->answers() || f->silences()));
    apply_ending(*f, out);
    if (f->answers()) reason = inject(*f, push);
    if (!f->retry_after.empty()) out.headers.emplace_back("retry-after", f->retry_after);
  }
  if (f != nullptr && f->answers() && f->reason.empty()) {
    out.status = f->status;
    out.body = f->body;
  } else if (!reason.empty()) {
    refuse_with(reason, push.dead_since, out);
    if (f != nullptr && f->status != 0) out.status = f->status;
  }
  adjust_streams(reason, out);
  if (r.path().starts_with("/3/device/"))
    write_down(r, device_in(r.path()), out, silent(out) ? name_of(out.end) : reason, taken);
}

// What an iPhone makes of the payload. Apple does not refuse one it cannot read; nothing is shown.
void look(received_push& push) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(push.payload, error);
  const auto* object = error ? nullptr : value.if_object();
  const auto* found = object == nullptr ? nullptr : object->if_contains("aps");
  const auto* aps = found == nullptr ? nullptr : found->if_object();
  if (aps == nullptr) return;
  push.shown = aps->contains("alert");
  const auto* level = aps->if_contains("interruption-level");
  const bool passive = level != nullptr && level->is_string() && level->get_string() == "passive";
  push.sounds = push.shown && aps->contains("sound") && !passive;
}

void apns_conversation::write_down(const request& r, std::string_view device, const answer& out,
                                   std::string_view reason, bool taken) {
  if (!world_.watches()) return world_.phones.count(which_, reason, taken);
  received_push push;
  push.at = world_.now();
  push.gateway = which_;
  push.token = device;
  push.topic = r.header("apns-topic");
  push.push_type = r.header("apns-push-type");
  push.priority = r.header("apns-priority");
  push.expiration = r.header("apns-expiration");
  push.collapse_id = r.header("apns-collapse-id");
  push.id = id_;
  push.payload = r.body();
  push.status = silent(out) ? std::uint16_t{0} : out.status;
  push.reason = reason;
  push.taken = taken;
  if (taken) look(push);
  world_.record(push);
}

class apns_site final : public site {
 public:
  apns_site(world& w, gateway_name which) : world_(w), which_(which) {}

  std::unique_ptr<conversation> open() override {
    return std::make_unique<apns_conversation>(world_, which_);
  }
  http2_manners manners() const override {
    const gateway_options& o = world_.options;
    http2_manners out;
    out.first_stream_limit =
        o.accept_any_authorization ? o.apns_stream_limit : o.apns_first_stream_limit;
    out.when_over = o.apns_when_over_limit;
    out.over_limit_debug = "Maximum active streams violated for this endpoint.";
    out.reset_twice = o.apns_reset_twice;
    out.goaway_at_start = o.apns_goaway_at_start;
    out.header_table_size = o.header_table_size;
    out.window_size = o.initial_window_size;
    out.idle_limit = o.connection_idle_limit;
    out.maximum_age = o.connection_maximum_age;
    return out;
  }
  bool speaks_http1() const noexcept override { return false; }

 private:
  world& world_;
  gateway_name which_;
};

}  // namespace

std::uint16_t apns_status_of(std::string_view reason) noexcept {
  for (const reason_status& row : reasons)
    if (row.reason == reason) return row.status;
  return 0;
}

std::unique_ptr<site> make_apns_site(world& w, gateway_name which) {
  return std::make_unique<apns_site>(w, which);
}

}  // namespace paperboy::simulators
