#include "tests/service/api_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <memory>
#include <stdexcept>

namespace paperboy::service {
namespace {

using http::testing::raw_client;

constexpr std::size_t connections_at_once = 16;

std::string written(const api_request& r) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n", r.method, r.target);
  if (!r.bearer.empty()) text += "Authorization: Bearer " + r.bearer + "\r\n";
  if (!r.idempotency_key.empty()) text += "Idempotency-Key: " + r.idempotency_key + "\r\n";
  if (!r.body.empty()) {
    text +=
        fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", r.content_type, r.body.size());
  }
  return text + "\r\n" + r.body;
}

}  // namespace

std::optional<raw_answer> api_client::try_send(const api_request& r) {
  try {
    if (!connection_) connection_.emplace(port_);
    connection_->send(written(r));
    auto answer = connection_->receive();
    if (!answer || answer->field("connection") == "close") connection_.reset();
    return answer;
  } catch (const std::runtime_error&) {
    connection_.reset();
    return std::nullopt;
  }
}

raw_answer api_client::send(const api_request& r) {
  // A kept connection may have been closed since; what is repeated here may be repeated.
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (auto answer = try_send(r)) return std::move(*answer);
  }
  throw std::runtime_error(fmt::format("{} {} got no answer", r.method, r.target));
}

boost::json::value api_client::ask(const api_request& r, unsigned status) {
  const auto answer = send(r);
  if (answer.status != status) {
    throw std::runtime_error(fmt::format("{} {} answered {}, not {}: {}", r.method, r.target,
                                         answer.status, status, answer.body));
  }
  return answer.body.empty() ? boost::json::value{} : parsed(answer.body);
}

std::vector<raw_answer> api_client::send_all(std::span<const api_request> requests) const {
  std::vector<std::unique_ptr<raw_client>> lines;
  for (std::size_t i = 0; i < std::min(connections_at_once, requests.size()); ++i) {
    lines.push_back(std::make_unique<raw_client>(port_));
  }
  std::vector<raw_answer> answers;
  for (std::size_t from = 0; from < requests.size(); from += lines.size()) {
    const std::size_t count = std::min(lines.size(), requests.size() - from);
    for (std::size_t i = 0; i < count; ++i) lines[i]->send(written(requests[from + i]));
    for (std::size_t i = 0; i < count; ++i) {
      auto answer = lines[i]->receive();
      if (!answer) throw std::runtime_error("a connection ended without an answer");
      // A connection serves a bounded number of requests, and says which is the last.
      if (answer->field("connection") == "close") lines[i] = std::make_unique<raw_client>(port_);
      answers.push_back(std::move(*answer));
    }
  }
  return answers;
}

boost::json::value parsed(std::string_view json) {
  return boost::json::parse({json.data(), json.size()});
}

std::string text_of(const boost::json::value& object, std::string_view name) {
  const auto* member = object.as_object().if_contains({name.data(), name.size()});
  return member == nullptr || !member->is_string() ? std::string{}
                                                   : std::string{member->get_string()};
}

}  // namespace paperboy::service
