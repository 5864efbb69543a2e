#pragma once

// The only header inside core that names Asio.
#include <boost/asio/awaitable.hpp>

namespace paperboy {

template <class T>
using task = boost::asio::awaitable<T>;

}  // namespace paperboy
