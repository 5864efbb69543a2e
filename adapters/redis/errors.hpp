#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace paperboy::redis {

// Why a command has no reply to use. The errc beside it says what a caller may do; this says what
// happened, for metrics and for those who must tell apart.
enum class error_kind : std::uint8_t {
  none,
  // Ours: nothing was answered.
  not_connected,    // unavailable: never sent
  connection_lost,  // timed_out: sent, and the connection ended; it may or may not have been done
  no_answer,        // timed_out: sent, no answer within the limit; likewise
  queue_full,       // overloaded: never sent
  cancelled,        // asio operation_aborted: the waiting coroutine was cancelled
  closed,           // closed: the client was closed
  protocol,         // protocol: not RESP2, or beyond our limits; the connection was dropped
  not_answering,    // unavailable: never sent, because what was sent before has no answer yet
  regressed,        // shard_regressed: where it was sent, or would have been, data was lost
  // Redis answered an error that passes by itself or by a failover: all unavailable.
  loading,           // LOADING: the data set is being read
  read_only,         // READONLY: a replica
  misconfigured,     // MISCONF: it cannot persist
  out_of_memory,     // OOM
  no_script,         // NOSCRIPT; client::eval and call_all answer it themselves
  moved,             // MOVED, ASK: a cluster node
  cluster_down,      // CLUSTERDOWN, TRYAGAIN
  master_down,       // MASTERDOWN
  busy,              // BUSY: a script runs over its time
  no_replicas,       // NOREPLICAS: fewer than min-replicas-to-write
  too_many_clients,  // ERR max number of clients reached
  // Redis answered an error that stays.
  authentication,  // unauthorized: NOAUTH, WRONGPASS
  permission,      // unauthorized: NOPERM
  wrong_type,      // refused: WRONGTYPE
  other,           // refused: every other word, those of our own scripts among them
};

inline constexpr std::size_t error_kind_count = static_cast<std::size_t>(error_kind::other) + 1;

// A stable label in lower case with `_`, static storage.
std::string_view to_text(error_kind kind) noexcept;

// The code a caller gets for a kind.
error_code code_of(error_kind kind) noexcept;

// Reads an error reply without its leading '-': "READONLY You can't write …". Finds the cause
// inside "ERR Error running script …" as Redis before 7.0 wraps it.
error_kind classify(std::string_view error_reply) noexcept;

// The first word of an error reply: "WRONGTYPE", or a word of our own scripts.
std::string_view error_word(std::string_view error_reply) noexcept;

// One line for a log: at most 200 bytes, control characters replaced, and what Redis echoes of a
// command's arguments cut off.
std::string loggable(std::string_view error_reply);

}  // namespace paperboy::redis
