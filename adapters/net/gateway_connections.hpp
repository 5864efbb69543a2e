#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/net/connection_pace.hpp"
#include "adapters/net/dial.hpp"
#include "adapters/net/http2_exchange.hpp"
#include "adapters/net/http2_session.hpp"

namespace boost::asio {
class io_context;
}

namespace paperboy::net {

struct connection_settings {
  authority endpoint;
  session_settings session;  // its `host` is set from the endpoint
  dial_limits dial;
  std::size_t most_connections = 4;  // at once; more than one only under load

  // Together below gateway::answer_limit, a tick included.
  std::chrono::milliseconds queue_limit{10000};    // waiting for a stream, resends included
  std::chrono::milliseconds request_limit{15000};  // from a stream's opening to the whole answer
  unsigned most_openings = 16;                     // how often one request is put on a connection

  // Another is opened for load when the queue has stood for load_before_another with all full.
  pace_settings pace;
  std::chrono::milliseconds spare_idle{60000};  // unused for so long, one that is not the last goes
  std::chrono::milliseconds tick{100};
};

struct connection_counts {
  std::uint64_t opened = 0;        // connections that got through TLS
  std::uint64_t failed = 0;        // that ended before their first answer
  std::uint64_t lost = 0;          // that ended later, not by our will, by GOAWAY included
  std::uint64_t resent = 0;        // requests put on another connection
  std::uint64_t timed_out = 0;     // requests without an answer in request_limit
  std::uint64_t never_opened = 0;  // requests without a stream in queue_limit
};

// The connections to one HTTPS endpoint, for one user. Opens them when there is something to send,
// more of them when all are full, and again with full-jitter back-off when they end. What provably
// was not processed is put on another connection, within the limits. Belongs to the thread of its
// io_context; wants one timer for all requests.
class gateway_connections final : private http2_session::owner {
 public:
  // Both are called from the loop only, never from within a call made to the connections.
  class user {
   public:
    // Writes the request; called again for each opening, so that credentials are fresh. What is
    // overfull() ends as not_processed.
    virtual void write(http2_exchange& x) noexcept = 0;
    virtual void answered(http2_exchange& x) noexcept = 0;

   protected:
    ~user() = default;
  };

  gateway_connections(boost::asio::io_context& context, tls_context tls,
                      connection_settings settings, user& u);
  // Closes everything; nobody is told.
  ~gateway_connections();
  gateway_connections(const gateway_connections&) = delete;
  gateway_connections& operator=(const gateway_connections&) = delete;

  // Takes a request; `x` stays in place until answered(). The caller bounds how many. Urgent ones
  // get the next free stream, before all others.
  void send(http2_exchange& x, urgency how = urgency::ordinary) noexcept;

  // Writes nothing until resume(): there is no credential. What waits too long still ends.
  void hold() noexcept { held_ = true; }
  void resume() noexcept;

  // This connection, or every one, is spent: it keeps what it has, and another takes its place.
  void replace(std::uint32_t connection) noexcept;
  void replace_all() noexcept;

  // Ends what waits, from the loop's next turn, as not_processed.
  void fail_waiting() noexcept;

  std::size_t connections() const noexcept { return sessions_.size(); }
  std::size_t waiting() const noexcept { return urgent_.size() + ordinary_.size(); }
  const connection_counts& counts() const noexcept { return counts_; }

 private:
  using time_point = http2_session::time_point;
  struct member {
    std::shared_ptr<http2_session> session;
    time_point retire_at;
    bool departed = false;  // the peer has ended it, and that is counted
  };

  void session_ready(http2_session& session) noexcept override;
  void session_answered(http2_session& session, http2_exchange& x) noexcept override;
  void session_has_room(http2_session& session) noexcept override;
  void session_closed(http2_session& session, error_code how,
                      std::string_view why) noexcept override;

  http2_exchanges& queue_of(const http2_exchange& x) noexcept;
  void dispatch() noexcept;
  void dispatch(http2_exchanges& queue) noexcept;
  http2_session* roomiest(urgency of) noexcept;
  void open_on(http2_session& session, http2_exchange& x) noexcept;
  void consider_opening(time_point now) noexcept;
  void open_connection(time_point now);
  void dialled(error_code failed, boost::asio::ip::tcp::socket socket);
  void connection_failed(std::string_view why) noexcept;
  void count_departed() noexcept;
  void end_later(http2_exchange& x, attempt_end how) noexcept;
  void end_now() noexcept;
  void fail_all(http2_exchanges& queue) noexcept;
  void end_late(time_point now) noexcept;
  void end_late(http2_exchanges& queue, time_point now) noexcept;
  void retire_old(time_point now) noexcept;
  void tick() noexcept;
  void arm(bool fast);
  bool busy() const noexcept;
  std::size_t usable() const noexcept;

  boost::asio::io_context& context_;
  tls_context tls_;
  connection_settings settings_;
  user& user_;
  std::vector<member> sessions_;
  std::optional<dialling> dialling_;
  bool connecting_ = false;  // a dial or a handshake is under way
  bool held_ = false;
  bool want_spare_ = false;
  http2_exchanges urgent_;    // waiting for a stream, the oldest first
  http2_exchanges ordinary_;  // likewise, and for all urgent ones
  http2_exchanges ended_;  // without a connection; handed over from the loop
  boost::asio::steady_timer timer_;
  enum class ticking : std::uint8_t { none, idle, fast } ticking_ = ticking::none;
  std::uint32_t timer_number_ = 0;  // of the wait that counts
  std::uint32_t last_number_ = 0;
  std::uint32_t said_of_ = 0;  // the connection that the log has a complaint about
  time_point full_since_{};  // requests have waited ever since, for all connections are full
  connection_pace opening_;
  connection_counts counts_;
  std::shared_ptr<gateway_connections*> self_;  // handlers hold it weakly: they may outlive us
};

}  // namespace paperboy::net
