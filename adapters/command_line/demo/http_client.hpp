#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>

namespace paperboy::command_line::demo {

// The demo cannot go on; a sentence for whoever runs it.
class demo_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct http_request {
  std::string_view method;
  std::string target;
  std::string_view bearer;
  std::string body{};  // sent where there is a content type
  std::string_view content_type{};
};

struct http_answer {
  unsigned status = 0;
  std::string body;  // at most 16 MiB
};

// What an app or a newsroom would use: HTTP/1.1 over TCP, one connection a request. Blocks.
class http_client {
 public:
  static constexpr std::chrono::seconds limit{10};  // of one request, connecting included

  explicit http_client(std::string_view url);  // "http://127.0.0.1:8080"

  // Throws demo_error without an answer within the limit.
  http_answer send(const http_request& r) const;
  // The body of the answer, which has to have one of the two statuses. Throws demo_error otherwise,
  // with what the problem document says.
  std::string ask(const http_request& r, unsigned status, unsigned or_status = 0) const;

 private:
  std::string host_;
  std::string port_;
};

inline constexpr std::string_view json_type = "application/json";
inline constexpr std::string_view merge_patch_type = "application/merge-patch+json";
inline constexpr std::string_view ndjson_type = "application/x-ndjson";

}  // namespace paperboy::command_line::demo
