#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace paperboy::simulators {

// One request as it came, HTTP/1.1 or HTTP/2: pseudo-headers are headers named ":method" and so on,
// names are lower case. Storage is reused from one request to the next.
class request {
 public:
  static constexpr std::size_t header_limit = 8000;     // bytes, as APNs' MAX_HEADER_LIST_SIZE
  static constexpr std::size_t body_limit = 64 * 1024;  // bytes kept; more only sets body_size()

  void clear();
  void add(std::string_view name, std::string_view value);
  void append_body(std::string_view bytes);

  // The first value, or an empty view whose data() is null when the header is absent.
  std::string_view header(std::string_view name) const noexcept;
  bool has(std::string_view name) const noexcept { return header(name).data() != nullptr; }
  bool repeats(std::string_view name) const noexcept;
  bool headers_too_large() const noexcept { return text_.size() > header_limit; }

  std::string_view method() const noexcept { return header(":method"); }
  std::string_view path() const noexcept { return header(":path"); }
  std::string_view body() const noexcept { return body_; }
  std::size_t body_size() const noexcept { return body_size_; }

  std::size_t header_count() const noexcept { return fields_.size(); }
  std::pair<std::string_view, std::string_view> header_at(std::size_t index) const noexcept;

 private:
  struct field {
    std::uint32_t at, name_size, value_size;
  };
  std::string text_;
  std::vector<field> fields_;
  std::string body_;
  std::size_t body_size_ = 0;
};

// How a request ends. Everything but `answer` is a fault that somebody asked for, or a rule of the
// gateway about the connection.
enum class ending : std::uint8_t {
  answer,
  reset,    // RST_STREAM with `error_code`; HTTP/1.1: the connection is closed
  swallow,  // never answered; the connection lives
  half,     // the header block and half of the body, and then nothing
  go_away,  // GOAWAY with `error_code`, `debug` and `last`; what is below `last` is still answered
  close,    // TCP is closed at once, without GOAWAY
  freeze,   // the connection reads and writes nothing any more, but stays open
};

// Which streams a GOAWAY says were processed.
enum class goaway_last : std::uint8_t {
  this_one,         // this request and everything before it
  before_this_one,  // not this request
  none,             // last stream id 0
};

struct answer {
  ending end = ending::answer;
  std::uint16_t status = 200;
  std::string_view content_type;  // static storage; empty: no such header
  std::vector<std::pair<std::string_view, std::string>> headers;  // names in static storage
  std::string body;
  bool empty_data_last = false;  // the body and END_STREAM in two DATA frames, as FCM does
  std::uint32_t piece = 0;       // bytes of body in one DATA frame; 0: as many as fit
  std::chrono::milliseconds delay{0};

  std::uint32_t error_code = 0;
  goaway_last last = goaway_last::this_one;
  bool goaway_twice = false;  // 2^31-1 first, then the real one
  std::string debug;
  std::optional<std::uint32_t>
      stream_limit;  // a new MAX_CONCURRENT_STREAMS, sent before the answer

  void clear();
};

// What the simulator knows about one connection, and its answers on it.
class conversation {
 public:
  virtual ~conversation() = default;
  virtual void handle(const request& r, answer& out) = 0;
};

enum class over_limit : std::uint8_t { refuse, go_away };

// How a gateway behaves on HTTP/2 below the level of requests.
struct http2_manners {
  std::uint32_t first_stream_limit = 100;
  over_limit when_over = over_limit::refuse;
  std::string over_limit_debug;  // the GOAWAY text
  std::string goaway_at_start;   // debug data of a GOAWAY right after the handshake; empty: none
  std::uint32_t header_table_size = 4096;
  std::uint32_t window_size = 65535;
  std::uint32_t pings_allowed = 0;  // PINGs with no request between before GOAWAY; 0: any number
  bool ping_after_answer = false;
  bool reset_twice = false;  // REFUSED_STREAM is followed by STREAM_CLOSED for the same stream
  std::chrono::milliseconds idle_limit{0};   // 0: none; then GOAWAY "session_timeout"
  std::chrono::milliseconds maximum_age{0};  // 0: none; then GOAWAY "max_age"
};

// One listener's behaviour.
class site {
 public:
  virtual ~site() = default;
  virtual std::unique_ptr<conversation> open() = 0;
  virtual http2_manners manners() const = 0;
  virtual bool speaks_http1() const noexcept = 0;
};

}  // namespace paperboy::simulators
