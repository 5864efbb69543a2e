#include "tests/adapters/http/raw_client.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "adapters/http/field.hpp"

namespace paperboy::http::testing {

std::string raw_answer::field(const std::string& name) const {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string() : found->second;
}

std::string raw_answer::slug() const {
  constexpr std::string_view prefix = "\"type\":\"urn:paperboy:problem:";
  const auto start = body.find(prefix);
  if (start == std::string::npos) return {};
  const auto from = start + prefix.size();
  return body.substr(from, body.find('"', from) - from);
}

raw_answer parse_answer_head(std::string_view head) {
  raw_answer a;
  a.status = static_cast<unsigned>(std::stoul(std::string(head.substr(9, 3))));
  head.remove_prefix(head.find("\r\n") + 2);
  while (!head.empty()) {
    const auto line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(line.size() + 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) break;
    std::string name(line.substr(0, colon));
    for (char& c : name) c = lower(c);
    a.fields.emplace(std::move(name), std::string(trimmed(line.substr(colon + 1))));
  }
  return a;
}

raw_client::raw_client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    throw std::runtime_error("cannot connect");
  }
}

raw_client::~raw_client() {
  ::close(socket_);
}

void raw_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return;  // the server has closed; what it said can still be read
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void raw_client::finish_sending() {
  ::shutdown(socket_, SHUT_WR);
}

bool raw_client::hears_something(std::chrono::milliseconds limit) {
  pollfd poll{socket_, POLLIN, 0};
  return ::poll(&poll, 1, static_cast<int>(limit.count())) == 1;
}

bool raw_client::fill() {
  if (!hears_something(std::chrono::seconds(10))) throw std::runtime_error("nothing came");
  char bytes[16 * 1024];
  const auto n = ::recv(socket_, bytes, sizeof bytes, 0);
  if (n <= 0) return false;
  arrived_.append(bytes, static_cast<std::size_t>(n));
  return true;
}

std::optional<raw_answer> raw_client::receive(bool head_only) {
  std::size_t end = 0;
  while ((end = arrived_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return std::nullopt;
  }
  raw_answer a = parse_answer_head(std::string_view(arrived_).substr(0, end + 2));
  arrived_.erase(0, end + 4);
  if (head_only || a.field("content-length").empty()) return a;
  const std::size_t length = std::stoul(a.field("content-length"));
  while (arrived_.size() < length) {
    if (!fill()) return std::nullopt;
  }
  a.body = arrived_.substr(0, length);
  arrived_.erase(0, length);
  return a;
}

bool raw_client::closed_by_server() {
  finish_sending();
  if (!arrived_.empty()) return false;
  return !fill() && arrived_.empty();
}

}  // namespace paperboy::http::testing
