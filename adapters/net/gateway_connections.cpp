#include "adapters/net/gateway_connections.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <random>
#include <utility>

namespace paperboy::net {
namespace {

using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;

constexpr milliseconds idle_tick{1000};
// A connection that only refuses is of no use, whatever it says about its limits.
constexpr std::uint32_t most_refusals = 32;

// The peer's words, for a log: a line of printable ASCII.
std::string printable(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(out, [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

}  // namespace

gateway_connections::gateway_connections(boost::asio::io_context& context, tls_context tls,
                                         connection_settings settings, user& u)
    : context_(context),
      tls_(std::move(tls)),
      settings_(std::move(settings)),
      user_(u),
      timer_(context),
      opening_(settings_.pace, std::random_device{}()),
      self_(std::make_shared<gateway_connections*>(this)) {
  settings_.session.host = settings_.endpoint.host;
}

gateway_connections::~gateway_connections() {
  for (const member& m : sessions_) m.session->abandon();
}

// -- requests
// ---------------------------------------------------------------------------------------

void gateway_connections::send(http2_exchange& x, urgency how) noexcept {
  x.begin();
  x.accepted_at_ = clock::now();
  x.openings_ = 0;
  x.urgency_ = how;
  http2_exchanges& queue = queue_of(x);
  queue.push_back(x);
  if (ticking_ != ticking::fast) arm(true);
  if (queue.size() == 1 || roomiest(how) != nullptr) dispatch();
}

http2_exchanges& gateway_connections::queue_of(const http2_exchange& x) noexcept {
  return x.urgency_ == urgency::urgent ? urgent_ : ordinary_;
}

void gateway_connections::resume() noexcept {
  held_ = false;
  dispatch();
}

// The connection with the fewest streams open, so that a lost packet holds up few. nullptr: all
// full.
http2_session* gateway_connections::roomiest(urgency of) noexcept {
  http2_session* best = nullptr;
  for (const member& m : sessions_) {
    if (m.session->room(of) == 0) continue;
    if (best == nullptr || m.session->open() < best->open()) best = m.session.get();
  }
  return best;
}

void gateway_connections::dispatch(http2_exchanges& queue) noexcept {
  while (http2_exchange* const x = queue.front()) {
    http2_session* const session = roomiest(x->urgency_);
    if (session == nullptr) break;
    queue.remove(*x);
    open_on(*session, *x);
  }
}

void gateway_connections::dispatch() noexcept {
  if (!held_) {
    dispatch(urgent_);
    dispatch(ordinary_);
  }
  if (waiting() == 0) {
    full_since_ = {};
    return;
  }
  const time_point now = clock::now();
  if (full_since_ == time_point{}) full_since_ = now;
  consider_opening(now);
}

void gateway_connections::open_on(http2_session& session, http2_exchange& x) noexcept {
  x.begin();
  user_.write(x);
  ++x.openings_;
  if (!session.fits(x)) {
    if (std::exchange(said_of_, session.number()) != session.number()) {
      spdlog::warn("{} takes no header list as long as a push has; nothing is sent to it",
                   settings_.endpoint.text());
    }
    end_later(x, attempt_end::not_processed);
  } else if (x.overfull()) {
    end_later(x, attempt_end::not_processed);
  } else if (!session.submit(x)) {
    // The session has retired by that, so this does not come round again.
    queue_of(x).insert_by_age(x);
  }
}

void gateway_connections::session_answered(http2_session& session, http2_exchange& x) noexcept {
  if (x.end_ == attempt_end::answered) {
    if (session.answers() == 1) {
      opening_.served();
      full_since_ = {};  // APNs opens up only now
    }
  } else if (x.end_ == attempt_end::not_processed) {
    if (session.refusals_in_a_row() >= most_refusals && session.ready()) session.retire();
    if (x.openings_ < settings_.most_openings &&
        clock::now() - x.accepted_at_ < settings_.queue_limit) {
      ++counts_.resent;
      queue_of(x).insert_by_age(x);
      return dispatch();
    }
  }
  user_.answered(x);
}

void gateway_connections::end_later(http2_exchange& x, attempt_end how) noexcept {
  x.end_ = how;
  const bool first = ended_.empty();
  ended_.push_back(x);
  if (!first) return;
  boost::asio::post(context_, [alive = std::weak_ptr(self_)] {
    if (const auto self = alive.lock()) (*self)->end_now();
  });
}

void gateway_connections::end_now() noexcept {
  while (http2_exchange* x = ended_.front()) {
    ended_.remove(*x);
    user_.answered(*x);
  }
}

void gateway_connections::fail_waiting() noexcept {
  fail_all(urgent_);
  fail_all(ordinary_);
}

void gateway_connections::fail_all(http2_exchanges& queue) noexcept {
  while (http2_exchange* x = queue.front()) {
    queue.remove(*x);
    end_later(*x, attempt_end::not_processed);
  }
}

void gateway_connections::end_late(http2_exchanges& queue, time_point now) noexcept {
  while (http2_exchange* x = queue.front()) {
    if (now - x->accepted_at_ < settings_.queue_limit) break;
    queue.remove(*x);
    ++counts_.never_opened;
    end_later(*x, attempt_end::not_processed);
  }
}

void gateway_connections::end_late(time_point now) noexcept {
  end_late(urgent_, now);
  end_late(ordinary_, now);
  for (const member& m : sessions_) {
    while (http2_exchange* x = m.session->oldest()) {
      if (now - x->opened_at_ < settings_.request_limit) break;
      m.session->cancel(*x);
      ++counts_.timed_out;
      end_later(*x, x->end_);
    }
  }
}

// -- connections
// ------------------------------------------------------------------------------------

std::size_t gateway_connections::usable() const noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(sessions_, [](const member& m) { return m.session->ready(); }));
}

void gateway_connections::consider_opening(time_point now) noexcept {
  if (connecting_) return;
  // The retired and drained ones still hold their answers; they are bounded as well.
  if (sessions_.size() >= 2 * settings_.most_connections + 1) return;
  count_departed();
  const std::size_t have = usable();
  if (!opening_.may_open(now, have == 0)) return;
  bool needed = want_spare_;
  if (waiting() != 0 && !needed) {
    const bool all_proved = std::ranges::all_of(sessions_, [](const member& m) {
      return !m.session->ready() || m.session->answers() != 0;
    });
    needed = have == 0 || (have < settings_.most_connections && all_proved && !held_ &&
                           now - full_since_ >= settings_.pace.load_before_another);
  }
  if (needed) open_connection(now);
}

void gateway_connections::open_connection(time_point now) {
  connecting_ = true;
  opening_.opening(now);
  dialling_.emplace(context_, settings_.endpoint, settings_.dial,
                    [this](error_code failed, boost::asio::ip::tcp::socket socket) {
                      dialled(failed, std::move(socket));
                    });
}

void gateway_connections::dialled(error_code failed, boost::asio::ip::tcp::socket socket) {
  dialling_.reset();
  if (failed) {
    opening_.lost();
    return connection_failed(failed.message());
  }
  if (++last_number_ == 0) ++last_number_;
  try {
    http2_session::owner& owner = *this;
    auto session = std::make_shared<http2_session>(context_, std::move(socket), tls_,
                                                   settings_.session, last_number_, owner);
    sessions_.push_back({session, time_point::max()});
    session->start();
  } catch (const std::exception& error) {
    opening_.lost();
    connection_failed(error.what());
  }
}

void gateway_connections::connection_failed(std::string_view why) noexcept {
  connecting_ = false;
  ++counts_.failed;
  opening_.failed(clock::now());
  spdlog::warn("no connection to {}: {}", settings_.endpoint.text(), printable(why));
}

void gateway_connections::session_ready(http2_session& session) noexcept {
  connecting_ = false;
  want_spare_ = false;
  ++counts_.opened;
  for (member& m : sessions_) {
    if (m.session.get() == &session) m.retire_at = clock::now() + opening_.lifetime();
  }
  dispatch();
}

void gateway_connections::session_has_room(http2_session&) noexcept {
  if (waiting() != 0) dispatch();
}

void gateway_connections::session_closed(http2_session& session, error_code how,
                                         std::string_view why) noexcept {
  const bool established = session.established_at() != time_point{};
  const bool served = session.answers() != 0;
  const bool ours = how == errc::closed && !session.sent_away();
  count_departed();
  if (!ours && !session.sent_away()) opening_.lost();
  std::erase_if(sessions_, [&](const member& m) { return m.session.get() == &session; });
  if (!established || (!served && !ours)) {
    if (!established) connecting_ = false;
    const bool still_connecting = connecting_;
    connection_failed(why);
    connecting_ = still_connecting;
  } else {
    if (!ours) ++counts_.lost;
    spdlog::info("connection to {} ended after {} answers: {}", settings_.endpoint.text(),
                 session.answers(), printable(why));
  }
  dispatch();
}

// A peer that sends GOAWAY ends the connection there and then, though what is still open on it may
// take its time.
void gateway_connections::count_departed() noexcept {
  for (member& m : sessions_) {
    if (m.session->sent_away() && !std::exchange(m.departed, true)) opening_.lost();
  }
}

void gateway_connections::replace(std::uint32_t connection) noexcept {
  for (const member& m : sessions_) {
    if (m.session->number() == connection) m.session->retire();
  }
}

void gateway_connections::replace_all() noexcept {
  for (const member& m : sessions_) m.session->retire();
}

void gateway_connections::retire_old(time_point now) noexcept {
  for (const member& m : sessions_) {
    if (!m.session->ready()) continue;
    const bool unused = m.session->open() == 0;
    const bool last = usable() == 1;
    if (now >= m.retire_at) {
      // Another is opened first, if this one is in use.
      if (unused || !last) {
        m.session->retire();
      } else {
        want_spare_ = true;
      }
    } else if (unused && !last && now - m.session->idle_since() >= settings_.spare_idle) {
      m.session->retire();
    }
  }
}

// -- time
// -------------------------------------------------------------------------------------------

bool gateway_connections::busy() const noexcept {
  return connecting_ || waiting() != 0 || std::ranges::any_of(sessions_, [](const member& m) {
           return m.session->open() != 0 || m.session->draining();
         });
}

void gateway_connections::tick() noexcept {
  ticking_ = ticking::none;
  const time_point now = clock::now();
  for (const member& m : sessions_) m.session->tick(now);
  end_late(now);
  retire_old(now);
  if (want_spare_ && waiting() == 0) consider_opening(now);
  dispatch();
  if (busy()) {
    arm(true);
  } else if (!sessions_.empty()) {
    arm(false);
  }
}

void gateway_connections::arm(bool fast) {
  ticking_ = fast ? ticking::fast : ticking::idle;
  timer_.expires_after(fast ? settings_.tick : std::max(settings_.tick, idle_tick));
  timer_.async_wait([alive = std::weak_ptr(self_), number = ++timer_number_](error_code failed) {
    const auto self = alive.lock();
    if (!failed && self && (*self)->timer_number_ == number) (*self)->tick();
  });
}

}  // namespace paperboy::net
