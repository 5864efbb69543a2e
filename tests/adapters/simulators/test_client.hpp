#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace paperboy::simulators::test {

using header_list = std::vector<std::pair<std::string, std::string>>;

// How one request ended, frame by frame.
struct reply {
  int status = 0;
  std::multimap<std::string, std::string> headers;
  std::string body;
  std::vector<std::size_t> data_frames;  // lengths
  bool headers_end_stream = false;
  bool closed = false;                // the stream is over
  std::vector<std::uint32_t> resets;  // RST_STREAM codes for it, in order

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

struct goaway {
  std::int32_t last = 0;
  std::uint32_t code = 0;
  std::string debug;
};

// A blocking HTTP/2 client on one TLS connection to 127.0.0.1, host name localhost. Every wait ends
// after five seconds with what there is by then.
class test_client {
 public:
  static constexpr std::chrono::seconds limit{5};

  // Throws std::runtime_error when the handshake fails. `protocols` empty: no ALPN.
  test_client(std::uint16_t port, const std::string& ca,
              const std::vector<std::string>& protocols = {"h2"});
  ~test_client();
  test_client(const test_client&) = delete;
  test_client& operator=(const test_client&) = delete;

  // Queues a request; nothing is sent before the next wait. Headers as given, pseudo-headers too.
  std::int32_t submit(const header_list& headers, const std::string& body);
  void ping();
  const reply& wait(std::int32_t id);
  const reply& ask(const header_list& headers, const std::string& body) {
    return wait(submit(headers, body));
  }
  // Each pumps the connection until it is so, or the limit.
  bool wait_for_goaway();
  bool wait_for_end();
  bool wait_for_stream_limit(std::uint32_t value);
  bool wait_for_ping();
  bool wait_for_replies(std::size_t count);  // closed streams
  // Sends what is queued without reading.
  void send();
  // Sends what is queued, and reads on until the server has acknowledged a PING: what it had to say
  // to everything before has come by then. False when it does not acknowledge.
  bool settle();

  const std::vector<std::uint32_t>& stream_limits() const;
  const std::vector<goaway>& goaways() const;
  const reply& at(std::int32_t id);
  std::string protocol() const;  // that ALPN chose

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

// One request over HTTP/1.1; the text of everything that was answered to `requests` on one
// connection, until `answers` answers with content-length came or the limit.
std::string http1(std::uint16_t port, const std::string& ca, const std::string& requests,
                  std::size_t answers);

// Whether a client that speaks nothing newer than TLS 1.1 gets through the handshake.
bool takes_tls_1_1(std::uint16_t port);

}  // namespace paperboy::simulators::test
