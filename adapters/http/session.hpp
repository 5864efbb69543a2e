#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/http/connection.hpp"
#include "adapters/http/exchange.hpp"
#include "core/task.hpp"

namespace paperboy::http {

// What a session needs of its listener.
class session_owner {
 public:
  virtual void changed_phase(connection& c) noexcept = 0;
  virtual bool stopping() const noexcept = 0;

 protected:
  ~session_owner() = default;
};

// The `Date` of an answer, IMF-fixdate (RFC 9110 section 5.6.7); made anew once a second.
std::string_view date_now();

// One connection: reads requests, has them answered one after the other in their order, and writes
// the answers. `Stream` is a TCP socket or a TLS stream over one. Its coroutine holds it alive.
template <class Stream>
class session final : public connection {
 public:
  session(Stream stream, const address& peer, dispatcher& answers, session_owner& owner);

  // Until the connection has ended. Never throws but for cancel().
  task<void> run();

  void expire() override;
  void cancel() override { cancellation_.emit(boost::asio::cancellation_type::terminal); }
  boost::asio::cancellation_slot slot() noexcept { return cancellation_.slot(); }

 private:
  enum class reading : std::uint8_t { complete, answered, gone };

  void begin(phase p, std::chrono::milliseconds limit);
  task<bool> handshake();
  task<bool> serve_one();
  task<reading> read_head(answer& refusal);
  reading take_body(std::string_view& body);
  task<reading> read_body(std::string_view& body, answer& refusal);
  task<reading> read_counted(std::size_t length, std::string_view& body, answer& refusal);
  task<reading> read_chunked(std::string_view& body, answer& refusal);
  task<bool> write(std::string_view bytes);
  task<bool> send(const answer& a, bool last);
  task<std::size_t> read_some(char* to, std::size_t size);
  task<void> close_gracefully();
  reading ended(answer& refusal) const;
  void body_arrived(clock_time since, std::size_t bytes);
  void make_room();
  bool body_is_here() const noexcept;
  boost::asio::ip::tcp::socket& socket() noexcept;

  static constexpr std::size_t buffer_size = 16 * 1024;
  static constexpr std::size_t kept_body_size = 64 * 1024;

  Stream stream_;
  dispatcher& dispatcher_;
  session_owner& owner_;
  const time_limits& limits_;
  boost::asio::cancellation_signal cancellation_;

  std::unique_ptr<char[]> buffer_;
  std::size_t begin_ = 0;  // of the request under way
  std::size_t end_ = 0;    // of what has arrived
  std::size_t message_size_ = 0;
  head_reader reader_;
  exchange exchange_;
  std::string body_;
  std::string out_;
  std::size_t served_ = 0;
};

}  // namespace paperboy::http
