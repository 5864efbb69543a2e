#include "tests/sim/gateways.hpp"

#include <boost/asio/post.hpp>
#include <optional>

#include "core/flows/now_serving.hpp"
#include "tests/core/fakes/said.hpp"

namespace paperboy::sim {
namespace {

using namespace std::chrono_literals;
using testing::said;

struct sim_message final : prepared_message {
  std::string scope;
};

gateway_answer without_answer(attempt_end end) {
  gateway_answer a;
  a.end = end;
  return a;
}

}  // namespace

std::string_view to_text(gateway_mood m) noexcept {
  switch (m) {
    case gateway_mood::fine: return "fine";
    case gateway_mood::slow: return "slow";
    case gateway_mood::server_errors: return "server errors";
    case gateway_mood::too_many: return "too many requests";
    case gateway_mood::breaking: return "breaking connections";
    case gateway_mood::refusing: return "refusing streams";
    case gateway_mood::silent: return "silent";
    case gateway_mood::unauthorized: return "refusing the credential";
  }
  return "";
}

gateway_mood gateway_world::mood(const line& l) const {
  const auto m = moods_.find(l);
  return m == moods_.end() ? gateway_mood::fine : m->second;
}

std::chrono::milliseconds gateway_world::way_there(const line& l) {
  if (mood(l) == gateway_mood::slow) return chance_.time(200ms, 3s);
  return chance_.time(latency_.first, latency_.second);
}

gateway_world::fate gateway_world::arrive(const request& r) {
  const bool ios = r.to.second == platform::ios;
  const auto take = [&] {
    taken_.push_back({r.to.first, r.to.second, r.token, r.id, r.scope, r.quiet, clock_.now()});
    trace_.say("gateway", "{} {} took {} {}{}", r.to.first, gateway_of(r.to.second), r.token,
               r.scope, r.quiet ? ", quietly" : "");
  };
  fate f;
  f.back = way_there(r.to);
  asked_[r.to].push_back(clock_.now());
  if (refusal_) {
    if (auto refused = refusal_(r)) {
      f.answer = std::move(*refused);
      return f;
    }
  }
  const auto dead = dead_.find({r.to, r.token});
  const auto all_dead = all_dead_.find(r.to);
  if (dead != dead_.end() || all_dead != all_dead_.end()) {
    f.answer = ios ? said(410, "Unregistered") : said(404, "UNREGISTERED");
    f.answer.dead_since = dead != dead_.end() ? dead->second : all_dead->second;
    return f;
  }
  switch (mood(r.to)) {
    case gateway_mood::fine:
    case gateway_mood::slow:
      break;
    case gateway_mood::server_errors:
      if (chance_.one_in(2)) {
        f.answer = ios ? said(503, "ServiceUnavailable") : said(503, "UNAVAILABLE");
        return f;
      }
      break;
    case gateway_mood::too_many:
      f.answer = ios ? said(429, "TooManyRequests") : said(429, "QUOTA_EXCEEDED");
      f.answer.retry_after = std::chrono::seconds{chance_.between(1, 20)};
      return f;
    case gateway_mood::breaking:
      if (chance_.one_in(3)) {
        f.answer = without_answer(attempt_end::not_processed);
        return f;
      }
      if (chance_.one_in(2)) {
        take();
        count_unheard();
      }
      f.answer = without_answer(attempt_end::ambiguous);
      return f;
    case gateway_mood::refusing:
      f.answer = without_answer(attempt_end::not_processed);
      return f;
    case gateway_mood::silent:
      if (chance_.one_in(2)) {
        take();
        count_unheard();
      }
      f.answered = false;
      return f;
    case gateway_mood::unauthorized:
      f.answer = ios ? said(403, "InvalidProviderToken") : said(403, "PERMISSION_DENIED");
      return f;
  }
  take();
  f.answer = said(200);
  return f;
}

struct sim_gateway::under_way {
  gateway_world::request what;
  answer_sink* sink = nullptr;
  std::uint64_t ticket = 0;
  std::uint64_t number = 0;
  bool over = false;  // the sender was answered
  std::optional<simulated_time::appointment> arrival, limit;
};

sim_gateway::sim_gateway(boost::asio::io_context& loop, gateway_world& world,
                         gateway_world::line to, std::string sender)
    : loop_(loop), world_(world), to_(std::move(to)), sender_(std::move(sender)) {
  state_->world = &world;
}

sim_gateway::~sim_gateway() { die(); }

std::shared_ptr<const prepared_message> sim_gateway::prepare(const notification& n) {
  auto m = std::make_shared<sim_message>();
  m->scope = n.scope;
  return m;
}

std::string sim_gateway::payload(const notification& n, std::string_view token,
                                 const message_id& id, std::chrono::seconds) const {
  return n.scope + ' ' + std::string(token) + ' ' + std::string(id.view());
}

void sim_gateway::send(const push& p, answer_sink& sink) {
  if (world_.poison_.contains(std::string(p.token))) {
    const served_reader& who = now_served;
    world_.trace_.say(sender_, "sends to {} and ends of it", p.token);
    world_.ended_.push_back(
        {sender_, who.run == nullptr ? "" : *who.run, who.shard, who.id});
    return;  // whatever the process still does in this step, nobody answers this push
  }
  auto u = std::make_shared<under_way>();
  u->what = {to_, std::string(p.token), std::string(p.id.view()),
             static_cast<const sim_message&>(*p.message).scope, p.quiet};
  u->sink = &sink;
  u->ticket = p.ticket;
  u->number = ++sent_;
  state_->pushes.emplace(u->number, u);
  ++world_.under_way;
  world_.trace_.say(sender_, "sends to {}{}", u->what.token, p.quiet ? ", quietly" : "");
  auto& time = world_.time_;
  u->arrival = time.call_at(time.now() + world_.way_there(to_), [this, u] { arrive(u); });
  // Whatever happens to the network, an answer within the limit.
  u->limit = time.call_at(time.now() + answer_limit, [s = state_, u, this] {
    boost::asio::post(loop_, [s, u] { hear(s, u, without_answer(attempt_end::ambiguous)); });
  });
}

void sim_gateway::arrive(const std::shared_ptr<under_way>& u) {
  u->arrival.reset();
  auto fate = world_.arrive(u->what);
  if (!fate.answered) return;
  auto& time = world_.time_;
  time.call_at(time.now() + fate.back, [this, s = state_, u, answer = std::move(fate.answer)] {
    if (!s->alive) return;
    if (u->limit) world_.time_.withdraw(*u->limit);
    boost::asio::post(loop_, [s, u, answer] { hear(s, u, answer); });
  });
}

void sim_gateway::hear(const std::shared_ptr<state>& s, const std::shared_ptr<under_way>& u,
                       const gateway_answer& answer) {
  if (!s->alive || u->over) return;
  u->over = true;
  s->pushes.erase(u->number);
  --s->world->under_way;
  if (answer.status == 403) {
    if (++s->refusals >= refusals_to_stop) s->stopped = true;
  } else if (answer.status == 200) {
    s->refusals = 0;
  }
  u->sink->answered(u->ticket, answer);
}

void sim_gateway::die() {
  if (!state_->alive) return;
  state_->alive = false;
  for (const auto& [number, u] : state_->pushes) {
    auto& time = world_.time_;
    if (u->limit) time.withdraw(*u->limit);
    if (!u->arrival) continue;
    time.withdraw(*u->arrival);
    if (world_.chance_.one_in(2)) (void)world_.arrive(u->what);
  }
  world_.under_way -= state_->pushes.size();
  state_->pushes.clear();
}

}  // namespace paperboy::sim
