#include "adapters/net/pushes_under_way.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace paperboy::net {

pushes_under_way::pushes_under_way(boost::asio::io_context& context, std::size_t most)
    : context_(context), exchanges_(most) {}

push_exchange* pushes_under_way::take(const push& p, answer_sink& sink) {
  push_exchange* const x = exchanges_.take();
  if (x == nullptr) return nullptr;
  x->what = p;
  x->sink = &sink;
  return x;
}

void pushes_under_way::answer(push_exchange& x, const gateway_answer& answer) noexcept {
  answer_sink* const sink = x.sink;
  const std::uint64_t ticket = x.what.ticket;
  exchanges_.give_back(x);
  sink->answered(ticket, answer);
}

void pushes_under_way::answer_later(const push& p, answer_sink& sink, gateway_answer answer) {
  boost::asio::post(context_, [alive = std::weak_ptr(alive_), &sink, ticket = p.ticket,
                               answer = std::move(answer)] {
    if (alive.lock()) sink.answered(ticket, answer);
  });
}

}  // namespace paperboy::net
