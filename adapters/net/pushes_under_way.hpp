#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "adapters/net/bearer_token.hpp"
#include "adapters/net/http2_exchange.hpp"
#include "adapters/net/slab.hpp"
#include "core/ports/gateway.hpp"

namespace boost::asio {
class io_context;
}

namespace paperboy::net {

// A push on its way to a gateway, and who hears of it.
struct push_exchange final : http2_exchange {
  push what;
  answer_sink* sink = nullptr;
  std::shared_ptr<const bearer_token> token;  // that it was written with

  void show(const std::shared_ptr<const bearer_token>& t) noexcept {
    if (token != t) token = t;  // most often it is that of the push before
  }
};

// The pushes that a gateway's client has taken and not answered yet. Belongs to the thread of its
// io_context.
class pushes_under_way {
 public:
  pushes_under_way(boost::asio::io_context& context, std::size_t most);
  pushes_under_way(const pushes_under_way&) = delete;
  pushes_under_way& operator=(const pushes_under_way&) = delete;

  // nullptr at the limit.
  push_exchange* take(const push& p, answer_sink& sink);
  // Hands the answer over; `x` is free for another push by then.
  void answer(push_exchange& x, const gateway_answer& answer) noexcept;
  // Answers a push that was not taken, from the loop's next turn, unless this object goes first.
  void answer_later(const push& p, answer_sink& sink, gateway_answer answer);

  std::size_t count() const noexcept { return exchanges_.taken(); }

 private:
  boost::asio::io_context& context_;
  slab<push_exchange> exchanges_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace paperboy::net
