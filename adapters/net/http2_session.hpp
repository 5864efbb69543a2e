#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/net/http2_exchange.hpp"
#include "adapters/net/http2_memory.hpp"
#include "adapters/net/tls_socket.hpp"
#include "core/result.hpp"

struct nghttp2_session;

namespace boost::asio {
class io_context;
}

namespace paperboy::net {

struct session_settings {
  std::string host;  // for SNI and the certificate
  // How many streams to open before the peer's SETTINGS say how many it takes, and the most to open
  // whatever they say. APNs takes 1 until it has accepted a token; FCM ends connections above 100.
  std::uint32_t assumed_streams = 100;
  std::uint32_t most_streams = 1000;
  std::chrono::milliseconds handshake_limit{10000};
  std::chrono::milliseconds write_limit{10000};    // the socket takes nothing for so long
  std::chrono::milliseconds ping_after{10000};     // silence with streams open; 0: never a PING
  // Nothing at all comes after a PING: with the silence before and two ticks, fifteen seconds.
  std::chrono::milliseconds ping_ack_limit{4800};
  std::chrono::milliseconds silence_limit{0};      // silence with streams open; 0: no limit
  std::chrono::milliseconds drain_limit{30000};    // how long a retired one waits for its answers
  std::size_t body_limit = 64 * 1024;              // bytes kept of an answer's body
  std::uint32_t header_list_limit = 16 * 1024;     // bytes, as RFC 9113 section 6.5.2 counts them
};

// One HTTP/2 connection (RFC 9113) as a client, on TLS with ALPN "h2". Belongs to the thread of its
// io_context. Callbacks, no coroutines: a request costs no allocation of ours.
//
// What a request ended as, exactly:
//   answered       the peer ended the answer with END_STREAM (the first DATA never ends it), or
//   sent
//                  more than body_limit of it
//   not_processed  it never left this process in full; or RST_STREAM REFUSED_STREAM (section 8.7);
//   or
//                  its stream is above the last id of a GOAWAY (section 6.8)
//   ambiguous      it left, and the stream or the connection ended without a whole answer
class http2_session final : public std::enable_shared_from_this<http2_session> {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // Called from the loop only, never from within a call of the session's. All of those may be
  // called from here.
  class owner {
   public:
    virtual void session_ready(http2_session& session) noexcept = 0;
    virtual void session_answered(http2_session& session, http2_exchange& x) noexcept = 0;
    virtual void session_has_room(http2_session& session) noexcept = 0;  // room() may have grown
    // The last call. errc::closed: this side did it. `why` is for people.
    virtual void session_closed(http2_session& session, error_code how,
                                std::string_view why) noexcept = 0;

   protected:
    ~owner() = default;
  };

  // `number` names the connection in http2_exchange::connection(); not 0. tls_error: see
  // tls_socket.
  http2_session(boost::asio::io_context& context, boost::asio::ip::tcp::socket socket,
                const tls_context& tls, const session_settings& settings, std::uint32_t number,
                owner& o);
  ~http2_session();
  http2_session(const http2_session&) = delete;
  http2_session& operator=(const http2_session&) = delete;

  // Begins the handshake. The object must be held by a shared_ptr.
  void start();

  std::uint32_t number() const noexcept { return number_; }
  bool ready() const noexcept { return established_ && !draining_ && !closed_; }
  bool draining() const noexcept { return draining_; }
  // The peer has sent GOAWAY, and not in answer to ours.
  bool sent_away() const noexcept { return sent_away_; }
  bool closed() const noexcept { return closed_; }
  // Streams that the peer counts as open.
  std::uint32_t open() const noexcept { return open_; }
  // How many of this kind submit() takes now. A tenth of the streams, from ten on, is kept for
  // urgent requests: they leave at once though all others are taken.
  std::uint32_t room(urgency of) const noexcept {
    const std::uint32_t most = of == urgency::urgent ? limit_ : limit_ - limit_ / 10;
    return ready() && most > open_ ? most - open_ : 0;
  }
  // Whole answers so far. A connection with none has proved nothing.
  std::uint64_t answers() const noexcept { return answers_; }
  // REFUSED_STREAM since the last whole answer, for streams that were opened under the limit in
  // force. Those that a new limit found open tell nothing of the connection.
  std::uint32_t refusals_in_a_row() const noexcept { return refusals_; }
  // The epoch: not yet.
  time_point established_at() const noexcept { return established_at_; }
  time_point idle_since() const noexcept { return idle_since_; }

  // Whether the request's header list is within what the peer says it takes.
  bool fits(const http2_exchange& x) const noexcept;
  // Takes a request that is written, fits, and is in no list. False: no room, or it cannot be sent.
  bool submit(http2_exchange& x) noexcept;

  // Gives `x` up, by RST_STREAM CANCEL, so that the peer frees it as well. Sets what it ended as;
  // session_answered() is not called for it.
  void cancel(http2_exchange& x) noexcept;

  // The longest open request, or nullptr.
  http2_exchange* oldest() const noexcept { return opened_.front(); }

  // Takes nothing new; sends GOAWAY and closes when the last stream has ended.
  void retire() noexcept;
  void close(error_code how, std::string_view why) noexcept;
  // The owner goes: closes, and tells nobody.
  void abandon() noexcept;

  // Holds the limits. To be called a few times a second.
  void tick(time_point now) noexcept;

 private:
  struct callbacks;  // what nghttp2 calls, in http2_callbacks.cpp

  void shake_hands() noexcept;
  void establish() noexcept;
  void await_readable() noexcept;
  void await_writable() noexcept;
  void read() noexcept;
  void schedule() noexcept;  // a turn, once, from the loop
  void settle() noexcept;    // ends a turn: hands answers over, writes what there is to write
  void deliver() noexcept;
  void flush() noexcept;
  bool fill() noexcept;
  void end(http2_exchange& x, attempt_end how) noexcept;
  attempt_end unanswered(const http2_exchange& x) const noexcept;
  void stream_closed(http2_exchange* x, std::uint32_t code) noexcept;
  void peer_settings() noexcept;

  boost::asio::io_context& context_;
  tls_socket socket_;
  session_settings settings_;
  std::uint32_t number_;
  owner* owner_;
  http2_memory memory_;
  std::unique_ptr<nghttp2_session, void (*)(nghttp2_session*)> http2_;

  http2_exchanges opened_;
  http2_exchanges ended_;
  http2_exchange* reading_ = nullptr;     // whose answer's head is coming in
  http2_exchange* body_ended_ = nullptr;  // whose last DATA nghttp2 is handing out
  std::uint32_t open_ = 0;
  std::uint32_t limit_ = 0;
  std::uint32_t peer_header_list_ = std::numeric_limits<std::uint32_t>::max();
  std::uint64_t answers_ = 0;
  std::uint32_t refusals_ = 0;
  std::int32_t last_stream_ = 0;        // that was opened
  std::int32_t last_before_limit_ = 0;  // that was opened when the peer's SETTINGS came

  std::vector<char> input_;
  std::vector<char> output_;
  std::size_t output_begin_ = 0;
  std::size_t output_end_ = 0;
  std::size_t retry_size_ = 0;    // a write that has to be repeated as it was
  std::uint64_t serialised_ = 0;  // bytes that nghttp2 has handed out
  std::uint64_t taken_ = 0;       // bytes of them that TLS took, whole records only

  bool established_ = false;
  bool draining_ = false;
  bool sent_away_ = false;
  bool goodbye_ = false;  // our GOAWAY is queued
  bool closed_ = false;
  bool told_ = false;
  bool in_turn_ = false;
  bool scheduled_ = false;
  bool reading_armed_ = false;
  bool writing_armed_ = false;
  bool room_grew_ = false;
  bool ping_out_ = false;

  time_point started_at_;
  time_point established_at_;
  time_point heard_at_;
  time_point idle_since_;
  time_point busy_since_;
  time_point ping_at_;
  time_point blocked_at_;
  time_point draining_since_;
  error_code how_;
  std::string why_;
};

}  // namespace paperboy::net
