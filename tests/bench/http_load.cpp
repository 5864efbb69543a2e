#include "tests/bench/http_load.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace paperboy::bench {
namespace {

class descriptor {
 public:
  explicit descriptor(int d) : d_(d) {
    if (d < 0) throw std::runtime_error("no more descriptors");
  }
  descriptor(descriptor&& other) noexcept : d_(std::exchange(other.d_, -1)) {}
  descriptor& operator=(descriptor&&) = delete;
  ~descriptor() {
    if (d_ >= 0) ::close(d_);
  }
  int get() const noexcept { return d_; }

 private:
  int d_;
};

struct client {
  descriptor socket;
  std::size_t arrived = 0;
};

descriptor connect_to(std::uint16_t port) {
  descriptor s(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(s.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    throw std::runtime_error("cannot connect");
  }
  const int on = 1;
  ::setsockopt(s.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return s;
}

void send_all(int socket, std::string_view bytes) {
  if (::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error("a request was not taken");
  }
}

// The length of the first whole answer on a connection of its own.
std::size_t answer_length(std::uint16_t port, std::string_view request) {
  const descriptor s = connect_to(port);
  send_all(s.get(), request);
  std::string answer;
  std::array<char, 16 * 1024> bytes;
  for (;;) {
    const auto n = ::recv(s.get(), bytes.data(), bytes.size(), 0);
    if (n <= 0) throw std::runtime_error("no answer");
    answer.append(bytes.data(), static_cast<std::size_t>(n));
    const auto end = answer.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    if (!answer.starts_with("HTTP/1.1 2")) throw std::runtime_error(answer);
    const auto field = answer.find("Content-Length: ");
    return end + 4 + (field < end ? std::stoul(answer.substr(field + 16)) : 0);
  }
}

}  // namespace

void load(std::uint16_t port, std::string_view request, std::size_t connections,
          std::size_t requests) {
  const std::size_t length = answer_length(port, request);
  const descriptor poll(::epoll_create1(0));
  std::vector<client> clients;
  for (std::size_t i = 0; i < connections; ++i) {
    clients.push_back({connect_to(port)});
    epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
    ::epoll_ctl(poll.get(), EPOLL_CTL_ADD, clients.back().socket.get(), &event);
  }
  for (auto& c : clients) send_all(c.socket.get(), request);
  std::array<epoll_event, 64> events;
  std::array<char, 16 * 1024> bytes;
  for (std::size_t answered = 0; answered < requests;) {
    const int ready = ::epoll_wait(poll.get(), events.data(), events.size(), 10'000);
    if (ready <= 0) throw std::runtime_error("no answer for ten seconds");
    for (int i = 0; i < ready; ++i) {
      client& c = clients[events[static_cast<std::size_t>(i)].data.u64];
      const auto n = ::recv(c.socket.get(), bytes.data(), bytes.size(), 0);
      if (n <= 0) throw std::runtime_error("a connection ended");
      c.arrived += static_cast<std::size_t>(n);
      if (c.arrived < length) continue;
      c.arrived -= length;
      ++answered;
      send_all(c.socket.get(), request);
    }
  }
}

}  // namespace paperboy::bench
