// What becomes of a gateway's answers.
#include <algorithm>
#include <string>

#include "core/flows/block_delivery.hpp"
#include "core/flows/now_serving.hpp"
#include "core/kill_points.hpp"

namespace paperboy {

void block_delivery::answered(std::uint64_t ticket, const gateway_answer& answer) noexcept {
  flight& f = flights_[ticket];
  const serving this_one(claim_->shard, claim_->run, open_[f.open].end.id);
  const outcome o = decide(f.device->platform, answer, f.tries);
  const platform system = f.device->platform;
  reached("after_answer");
  observer_.attempted(system, o, f.tries.number == 1 && o.what != verdict::resend_now);
  // Not on a lease that may have run out, when somebody else has sent it, nor to whoever moved away.
  const bool still_ours = !lease_lost_ && !lease_is_old() && !settled_.test(open_[f.open].end.slot);
  if (o.what == verdict::resend_now && still_ours) {
    f.tries.resends++;
    f.tries.credential_renewed |= o.renew_credential;
    app_.gateways.for_platform(system)->send(f.sent, *this);
    return;
  }
  --under_way_[index_of(system)];
  gateway_pace* const pace = limits_.paces[index_of(system)];
  if (pace != nullptr) pace->answered(f.era, answer, o, pace_clock(), limits_.random());
  // What a gateway that has stopped did not even take is no attempt.
  const bool not_taken = answer.end == attempt_end::not_processed &&
                         app_.gateways.for_platform(system)->credential_stopped();
  if (o.what == verdict::stop_credential || not_taken) {
    open_[f.open].stopped_devices |= 1U << f.device->number;
    open_[f.open].end.ambiguous |= f.sent.quiet;
    turns_.rest_for(turns::refused_rest);
  } else {
    settle(f, o);
  }
  free_flights_.push_back(static_cast<std::uint32_t>(ticket));
  close(f.open);
  ++answers_;
  // Waking for each answer would cost more than the answer.
  if (unanswered_ == 0 || done_.size() >= limits_.commit_at) progress_.notify();
}

void block_delivery::settle(const flight& f, const outcome& o) {
  slot_end& end = open_[f.open].end;
  switch (o.what) {
    case verdict::accepted:
      end.accepted++;
      break;
    case verdict::forget_device:
      end.rejected++;
      dead_.push_back({f.device->platform, end.id, f.device->number,
                       std::string(f.device->token), o.dead_since});
      break;
    case verdict::rejected:
      end.rejected++;
      break;
    case verdict::stop_credential:  // is none of a device
    case verdict::resend_now:
    case verdict::retry: {
      const instant now = limits_.now();
      const auto delay = retry_delay(f.tries.number, o.retry_in, limits_.random());
      if (expires(now, delay, claim_->deadline)) {
        end.expired++;
      } else {
        end.retry_devices |= 1U << f.device->number;
        end.retry_at = std::max(end.retry_at, now + delay);
        end.ambiguous |= o.ambiguous || f.sent.quiet;  // what was in doubt stays so
      }
      break;
    }
  }
}

void block_delivery::close(std::uint32_t index) {
  open_slot& slot = open_[index];
  unanswered_--;
  if (--slot.unanswered > 0) return;
  const bool judged =
      slot.end.accepted + slot.end.rejected + slot.end.expired + slot.end.skipped > 0 ||
      slot.end.retry_devices != 0;
  if (slot.stopped_devices != 0 && !judged) {
    passed_over_ = true;  // the bit stays clear: the next holder tries again
    limits_.window->give(slot.pushes);
  } else {
    if (slot.stopped_devices != 0) {
      // Its other devices are settled: those whose gateway is closed wait in the retry set, until it
      // may be open, in no crowd, and not beyond the deadline.
      const auto wait = turns_.rest();
      const auto some_more =
          limits_.random() % static_cast<std::uint64_t>((wait / 4).count() + 1);
      const instant again = limits_.now() + wait + std::chrono::milliseconds{some_more};
      slot.end.retry_devices |= slot.stopped_devices;
      slot.end.retry_at = std::max(slot.end.retry_at, std::min(again, part_.deadline));
    }
    if (done_pushes_ == 0) done_since_ = now_steady();
    done_.push_back(slot.end);
    done_pushes_ += slot.pushes;
  }
  free_open_.push_back(index);
}

}  // namespace paperboy
