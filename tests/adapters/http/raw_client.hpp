#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace paperboy::http::testing {

// One answer as it came over the wire.
struct raw_answer {
  unsigned status = 0;
  std::multimap<std::string, std::string> fields;  // names in lower case
  std::string body;

  std::string field(const std::string& name) const;
  // The last part of the problem's type: "bad-request".
  std::string slug() const;
};

// A blocking TCP client that sends exactly the bytes it is given. Every wait ends after ten
// seconds.
class raw_client {
 public:
  explicit raw_client(std::uint16_t port);
  ~raw_client();
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  void send(std::string_view bytes);
  void finish_sending();
  // None: the connection ended before a whole answer had come. `head_only`: the answer to a HEAD.
  std::optional<raw_answer> receive(bool head_only = false);
  // True if the server ends the connection and sends nothing more.
  bool closed_by_server();
  // Whether bytes arrive within `limit`.
  bool hears_something(std::chrono::milliseconds limit);

 private:
  bool fill();

  int socket_ = -1;
  std::string arrived_;
};

raw_answer parse_answer_head(std::string_view head);

}  // namespace paperboy::http::testing
