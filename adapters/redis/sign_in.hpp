#pragma once

#include <string>

#include "adapters/redis/errors.hpp"
#include "adapters/redis/reply_reader.hpp"
#include "adapters/redis/transport.hpp"
#include "adapters/redis/url.hpp"
#include "core/task.hpp"

namespace paperboy::redis {

// Why a new connection cannot be used; `none` if it can.
struct sign_in_outcome {
  error_kind kind = error_kind::none;
  std::string problem;  // one line, no credential
};

// AUTH, SELECT and the connection's name, then PING: a server that still reads its data set, or
// lost its master, is no connection yet. RESP2 only: HELLO 3 is never sent, hiredis 0.14 reads no
// more. What does not hinder a reader (MISCONF, BUSY, OOM, no right to PING) is left to the
// commands.
task<sign_in_outcome> sign_in(transport& stream, reply_reader& replies, const url& where);

}  // namespace paperboy::redis
