#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/adapters/http/raw_client.hpp"

namespace paperboy::service {

using http::testing::raw_answer;

struct api_request {
  std::string_view method;
  std::string target;
  std::string bearer{};
  std::string body{};
  std::string_view content_type = "application/json";
  std::string idempotency_key{};
};

// HTTP/1.1 to the program's public listener over a connection that is kept.
class api_client {
 public:
  explicit api_client(std::uint16_t port) : port_(port) {}

  // None: the program is not there, or went away without an answer.
  std::optional<raw_answer> try_send(const api_request& r);
  // Throws std::runtime_error without an answer.
  raw_answer send(const api_request& r);
  // The body of an answer with this status. Throws std::runtime_error with what came instead.
  boost::json::value ask(const api_request& r, unsigned status);

  // Answers in the order of the requests, over several connections at once.
  std::vector<raw_answer> send_all(std::span<const api_request> requests) const;

 private:
  std::uint16_t port_;
  std::optional<http::testing::raw_client> connection_;
};

boost::json::value parsed(std::string_view json);
std::string text_of(const boost::json::value& object, std::string_view name);

}  // namespace paperboy::service
