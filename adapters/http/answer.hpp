#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace paperboy::http {

// What a handler gives back. The session adds Date, X-Request-Id, Content-Length and, where it ends
// the connection, Connection: close.
class answer {
 public:
  answer() = default;
  explicit answer(unsigned status) : status_(status) {}
  answer(unsigned status, std::string_view content_type, std::string body)
      : status_(status), content_type_(content_type), body_(std::move(body)) {}

  static answer json(unsigned status, std::string body) {
    return {status, "application/json", std::move(body)};
  }

  // Refuses names and values that could end a header line (CR, LF, NUL, other control characters)
  // with std::invalid_argument: what clients sent is never put here unchecked. `name`: static storage.
  answer& set(std::string_view name, std::string value);

  // Answers this after the connection's last request, whatever the client wished.
  answer& close() noexcept {
    close_ = true;
    return *this;
  }

  unsigned status() const noexcept { return status_; }
  std::string_view content_type() const noexcept { return content_type_; }
  const std::string& body() const noexcept { return body_; }
  bool closes() const noexcept { return close_; }
  const std::vector<std::pair<std::string_view, std::string>>& headers() const noexcept {
    return headers_;
  }
  std::string_view header(std::string_view name) const noexcept;  // empty where there is none

 private:
  unsigned status_ = 204;
  bool close_ = false;
  std::string_view content_type_;  // static storage
  std::string body_;
  std::vector<std::pair<std::string_view, std::string>> headers_;
};

// What differs between two answers of the same content: written by the session.
struct answer_frame {
  std::string_view request_id;
  std::string_view date;  // IMF-fixdate
  bool close = false;
  bool head_only = false;  // HEAD: the length is told, the body is not
  bool secure = false;     // over TLS: Strict-Transport-Security is added
};

// Appends the whole message to `out`.
void write_message(const answer& a, const answer_frame& frame, std::string& out);

}  // namespace paperboy::http
