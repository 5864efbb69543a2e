#pragma once

#include <memory>

#include "adapters/redis/reply.hpp"

namespace paperboy::redis {

// Memory for replies, kept per thread: an empty storage whose vectors may have grown before.
std::unique_ptr<reply_storage> take_storage();
void give_storage(std::unique_ptr<reply_storage> storage) noexcept;

}  // namespace paperboy::redis
