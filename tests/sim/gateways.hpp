#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/ports/gateway.hpp"
#include "tests/sim/chance.hpp"
#include "tests/sim/trace.hpp"

namespace paperboy::sim {

// How a gateway behaves for a while.
enum class gateway_mood : std::uint8_t {
  fine,
  slow,             // seconds for an answer
  server_errors,    // every second answer is a 5xx
  too_many,         // 429 with Retry-After
  breaking,         // connections break: what was sent may or may not have been processed
  refusing,         // nothing is processed: refused streams
  silent,           // takes in everything and answers nothing
  unauthorized,     // the credential is refused
};
inline constexpr std::uint64_t gateway_moods = 8;
std::string_view to_text(gateway_mood m) noexcept;
inline std::string_view gateway_of(platform p) noexcept {
  return p == platform::ios ? "apns" : "fcm";
}

// A push that a phone took.
struct taken_push {
  std::string app;
  platform system{};
  std::string token;
  std::string id;     // message id
  std::string scope;  // what a copy is a copy of
  bool quiet = false;
  instant at{};
};

// Apple and Google, for all workers.
class gateway_world {
 public:
  gateway_world(simulated_time& time, const wall_clock& clock, const trace& t, std::uint64_t seed)
      : time_(time), clock_(clock), trace_(t), chance_(seed) {}

  using line = std::pair<std::string, platform>;  // of one app

  struct request {
    line to;
    std::string token, id, scope;
    bool quiet = false;
  };
  struct fate {
    bool answered = true;  // false: the sender hears nothing
    gateway_answer answer;
    std::chrono::milliseconds back{};  // until the answer is there
  };

  std::chrono::milliseconds way_there(const line& l);
  fate arrive(const request& r);

  // How long a request or an answer is under way where a gateway is fine.
  void set_latency(std::chrono::milliseconds least, std::chrono::milliseconds most) {
    latency_ = {least, most};
  }
  void set_mood(const line& l, gateway_mood m) { moods_[l] = m; }
  gateway_mood mood(const line& l) const;
  void kill_token(const line& l, const std::string& token) { dead_[{l, token}] = clock_.now(); }

  // Asked of each request; what it answers is the answer, and nothing is taken.
  using refusal = std::function<std::optional<gateway_answer>(const request&)>;
  void refuse(refusal by) { refusal_ = std::move(by); }
  // When a request came, by way.
  const std::vector<instant>& asked(const line& l) { return asked_[l]; }
  void kill_all_tokens(const line& l) { all_dead_[l] = clock_.now(); }
  // Whoever sends to that token ends by its own fault.
  void poison(const std::string& token) { poison_.insert(token); }
  struct last_words {
    std::string sender, run;
    std::uint32_t shard = 0;
    subscriber_id served;
  };
  // Of senders that have ended since this was asked last.
  std::vector<last_words> ended() { return std::exchange(ended_, {}); }

  const std::vector<taken_push>& taken() const noexcept { return taken_; }
  // Pushes that a phone took without its sender being told.
  std::size_t unheard() const noexcept { return unheard_; }
  void count_unheard() noexcept { ++unheard_; }
  std::size_t under_way = 0;

 private:
  simulated_time& time_;
  const wall_clock& clock_;
  const trace& trace_;
  chance chance_;
  std::map<line, gateway_mood> moods_;
  std::map<std::pair<line, std::string>, instant> dead_;
  std::vector<taken_push> taken_;
  std::size_t unheard_ = 0;
  std::map<line, instant> all_dead_;
  refusal refusal_;
  std::pair<std::chrono::milliseconds, std::chrono::milliseconds> latency_{1, 60};
  std::map<line, std::vector<instant>> asked_;
  std::set<std::string> poison_;  // tokens
  std::vector<last_words> ended_;

  friend class sim_gateway;
};

// One worker's way to one gateway.
class sim_gateway final : public gateway {
 public:
  static constexpr unsigned refusals_to_stop = 3;

  sim_gateway(boost::asio::io_context& loop, gateway_world& world, gateway_world::line to,
              std::string sender);
  ~sim_gateway() override;

  std::shared_ptr<const prepared_message> prepare(const notification& n) override;
  void send(const push& p, answer_sink& sink) override;
  std::string payload(const notification& n, std::string_view token, const message_id& id,
                      std::chrono::seconds time_to_live) const override;
  bool credential_stopped() const noexcept override { return state_->stopped; }

  void renew_credential() noexcept {
    state_->stopped = false;
    state_->refusals = 0;
  }
  // The process is no more: each push on its way arrives or does not, nobody hears of any.
  void die();

 private:
  struct under_way;
  struct state {
    bool alive = true;
    bool stopped = false;
    unsigned refusals = 0;
    gateway_world* world = nullptr;
    std::map<std::uint64_t, std::shared_ptr<under_way>> pushes;  // in order of sending
  };
  void arrive(const std::shared_ptr<under_way>& u);
  static void hear(const std::shared_ptr<state>& s, const std::shared_ptr<under_way>& u,
                   const gateway_answer& answer);

  boost::asio::io_context& loop_;
  gateway_world& world_;
  gateway_world::line to_;
  std::string sender_;
  std::shared_ptr<state> state_ = std::make_shared<state>();
  std::uint64_t sent_ = 0;
};

}  // namespace paperboy::sim
