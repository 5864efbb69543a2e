#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_future.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/flows/block_delivery.hpp"

namespace paperboy::testing {

// Runs one coroutine to its end on a loop of its own.
template <class T>
T run(boost::asio::io_context& loop, task<T> work) {
  auto done = boost::asio::co_spawn(loop, std::move(work), boost::asio::use_future);
  loop.restart();
  loop.run();
  return done.get();
}

struct no_message final : prepared_message {};

// Answers each push from the loop, as `answer` says; what it has no answer for waits in `held`.
class fake_gateway : public gateway {
 public:
  explicit fake_gateway(boost::asio::io_context& loop) : loop_(loop) {}

  std::shared_ptr<const prepared_message> prepare(const notification&) override {
    return std::make_shared<no_message>();
  }
  void send(const push& p, answer_sink& sink) override {
    sent.emplace_back(p.token);
    quiet.push_back(p.quiet);
    urgent.push_back(p.urgent);
    ++under_way;
    most_under_way = std::max(most_under_way, under_way);
    const auto timer = std::make_shared<boost::asio::steady_timer>(loop_, answers_after);
    timer->async_wait([this, timer, ticket = p.ticket, token = std::string(p.token),
                       &sink](const boost::system::error_code&) {
      --under_way;
      sink.answered(ticket, answer(token));
    });
  }
  std::string payload(const notification&, std::string_view, const message_id&,
                      std::chrono::seconds) const override {
    return {};
  }
  bool credential_stopped() const noexcept override { return stopped; }

  std::function<gateway_answer(const std::string& token)> answer = [](const std::string&) {
    gateway_answer a;
    a.status = 200;
    return a;
  };
  std::vector<std::string> sent;
  std::vector<bool> quiet;
  std::vector<bool> urgent;
  std::chrono::milliseconds answers_after{0};
  std::size_t under_way = 0;
  std::size_t most_under_way = 0;
  bool stopped = false;

 private:
  boost::asio::io_context& loop_;
};

// A block in memory. Commits are kept; the first `failing_commits` fail.
class fake_walk final : public walk {
 public:
  struct contents final : block_contents {
    std::vector<member> people;
    std::vector<std::vector<member_device>> devices;
    std::deque<std::string> tokens;  // a deque: the views into it stay
    std::span<const member> members() const noexcept override { return people; }
  };

  task<result<std::vector<claim>>> claim_blocks(std::uint32_t, send_lane, std::uint64_t,
                                                std::size_t,
                                                std::span<const std::string>) override {
    co_return std::vector<claim>{};
  }
  task<result<std::unique_ptr<block_contents>>> read(const claim&) override {
    auto made = std::make_unique<contents>();
    for (const auto& p : people) {
      std::vector<member_device> devices;
      for (std::size_t d = 0; d < p.tokens.size(); ++d) {
        made->tokens.push_back(p.tokens[d]);
        const bool android = p.tokens[d].starts_with("android");
        devices.push_back({static_cast<std::uint8_t>(d),
                           android ? platform::android : platform::ios, environment::production,
                           p.joined, {}, made->tokens.back()});
      }
      made->devices.push_back(std::move(devices));
    }
    for (std::size_t i = 0; i < people.size(); ++i) {
      member m;
      m.slot = static_cast<std::uint8_t>(i);
      m.id.bytes[15] = static_cast<std::uint8_t>(i);
      m.joined = people[i].joined;
      m.mark = people[i].mark;
      m.due_days = people[i].days;
      m.silence = people[i].silence;
      m.home_slot = m.slot;
      m.wish = people[i].wish;
      m.devices = made->devices[i];
      m.readable = people[i].readable;
      made->people.push_back(m);
    }
    co_return std::unique_ptr<block_contents>(std::move(made));
  }
  wish_values values_of(std::string_view) const override { return {}; }
  task<result<std::vector<commit_answer>>> commit_all(
      std::span<const block_commit> all) override {
    if (failing_commits > 0) {
      --failing_commits;
      co_return errc::unavailable;
    }
    ++commits;
    std::vector<commit_answer> answers;
    for (const block_commit& b : all) {
      largest_commit = std::max(largest_commit, b.ends.size());
      for (const auto& e : b.ends) settled[e.slot] = e;
      finished |= b.last;
      commit_answer a;
      a.lease_lost = lease_lost;
      a.halt = halt;
      a.settled = moved;
      for (const auto& e : b.ends) a.settled.set(e.slot);
      answers.push_back(a);
    }
    co_return answers;
  }
  task<result<unsigned>> note(const claim&, std::uint8_t slot) override {
    noted.push_back(slot);
    co_return notes[slot] += 1;
  }
  task<result<void>> withdraw_note(const claim&, std::uint8_t slot) override {
    --notes[slot];
    co_return result<void>{};
  }
  task<result<std::vector<suspect>>> suspects(std::uint32_t, const std::string&) override {
    co_return blamed;
  }
  task<result<void>> release(const claim&, std::chrono::milliseconds rest) override {
    released = true;
    rested = rest;
    co_return result<void>{};
  }
  task<result<std::vector<retry_entry>>> claim_retries(std::uint32_t, std::size_t) override {
    co_return std::vector<retry_entry>{};
  }
  task<result<void>> settle_retry(const retry_entry&, const retry_end& end) override {
    if (failing_settlements > 0) {
      --failing_settlements;
      co_return errc::timed_out;
    }
    retried.push_back(end);
    co_return result<void>{};
  }
  task<result<void>> removed(std::uint32_t, const std::string&, std::size_t) override {
    co_return result<void>{};
  }

  struct person {
    std::vector<std::string> tokens;
    std::string wish = "all";
    std::uint32_t joined = 1;
    local_date mark{};
    weekdays days = weekdays::all();
    silence_rules silence{};
    bool readable = true;
  };
  std::vector<person> people;
  std::map<int, slot_end> settled;
  std::map<int, unsigned> notes;
  std::vector<int> noted;
  std::vector<suspect> blamed;
  std::vector<retry_end> retried;
  std::size_t largest_commit = 0;
  int commits = 0;
  int failing_commits = 0;
  int failing_settlements = 0;
  bool lease_lost = false;
  run_halt halt = run_halt::none;
  std::bitset<256> moved;  // as commits tell
  bool finished = false;
  bool released = false;
  std::chrono::milliseconds rested{};
};

// "none" gets nothing, "stranger" is not of the audience, "asleep" is held until `wake`, "folded" is
// put off into the digest; everything else gets the same edition.
class fake_source final : public message_source {
 public:
  fake_source() { everything.apns = everything.fcm = std::make_shared<no_message>(); }
  judgement judge(const part_of_run& part, const reader&, std::string_view wish,
                  instant now) override {
    if (wish == "stranger") return judgement::exclude();
    if (part.halt == run_halt::cancelled) return judgement::skip(skip_reason::cancelled);
    if (now >= part.deadline) return judgement::expire();
    if (wish == "none") return judgement::skip(skip_reason::empty);
    if (wish == "folded") return judgement::skip(skip_reason::folded);
    if (wish == "asleep") return judgement::hold(wake);
    return judgement::send(everything);
  }
  judgement judge(const part_of_run& part, const reader& who, const wish_values&,
                  instant now) override {
    return judge(part, who, std::string_view("all"), now);
  }
  instant expires_at(const part_of_run& part) const override { return part.deadline; }
  std::optional<part_of_run> part_of(const retry_entry&) const override { return retried; }
  bool urgent() const noexcept override { return breaking; }
  bool remembered() const noexcept override { return breaking; }

  edition everything;
  std::optional<part_of_run> retried;
  instant wake{};
  bool breaking = false;
};

struct silent_observer final : delivery_observer {
  void attempted(platform, const outcome& o, bool first) noexcept override {
    ends.push_back(o.what);
    firsts += first ? 1 : 0;
  }
  int firsts = 0;
  void committed(std::size_t, bool) noexcept override {}
  void set_aside() noexcept override { ++aside; }
  std::vector<verdict> ends;
  int aside = 0;
};

}  // namespace paperboy::testing
