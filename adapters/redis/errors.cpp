#include "adapters/redis/errors.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <utility>

namespace paperboy::redis {
namespace {

struct kind_row {
  std::string_view label;
  std::string_view word;  // what Redis begins its error with, if it is one
};

// In the order of error_kind.
constexpr std::array<kind_row, error_kind_count> rows{{
    {"none", ""},
    {"not_connected", ""},
    {"connection_lost", ""},
    {"no_answer", ""},
    {"queue_full", ""},
    {"cancelled", ""},
    {"closed", ""},
    {"protocol", ""},
    {"not_answering", ""},
    {"regressed", ""},
    {"loading", "LOADING"},
    {"read_only", "READONLY"},
    {"misconfigured", "MISCONF"},
    {"out_of_memory", "OOM"},
    {"no_script", "NOSCRIPT"},
    {"moved", "MOVED"},
    {"cluster_down", "CLUSTERDOWN"},
    {"master_down", "MASTERDOWN"},
    {"busy", "BUSY"},
    {"no_replicas", "NOREPLICAS"},
    {"too_many_clients", ""},
    {"authentication", "NOAUTH"},
    {"permission", "NOPERM"},
    {"wrong_type", "WRONGTYPE"},
    {"other", ""},
}};

constexpr std::array<std::pair<std::string_view, error_kind>, 3> synonyms{{
    {"ASK", error_kind::moved},
    {"TRYAGAIN", error_kind::cluster_down},
    {"WRONGPASS", error_kind::authentication},
}};

error_kind kind_of_word(std::string_view word) noexcept {
  if (word.empty()) return error_kind::other;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].word == word) return static_cast<error_kind>(i);
  }
  for (const auto& [name, kind] : synonyms) {
    if (name == word) return kind;
  }
  return error_kind::other;
}

}  // namespace

std::string_view to_text(error_kind kind) noexcept {
  return rows[static_cast<std::size_t>(kind)].label;
}

error_code code_of(error_kind kind) noexcept {
  switch (kind) {
    case error_kind::none:
      return {};
    case error_kind::connection_lost:
    case error_kind::no_answer:
      return errc::timed_out;
    case error_kind::queue_full:
      return errc::overloaded;
    case error_kind::cancelled:
      return boost::asio::error::operation_aborted;
    case error_kind::closed:
      return errc::closed;
    case error_kind::protocol:
      return errc::protocol;
    case error_kind::regressed:
      return errc::shard_regressed;
    case error_kind::not_connected:
    case error_kind::not_answering:
    case error_kind::loading:
    case error_kind::read_only:
    case error_kind::misconfigured:
    case error_kind::out_of_memory:
    case error_kind::no_script:
    case error_kind::moved:
    case error_kind::cluster_down:
    case error_kind::master_down:
    case error_kind::busy:
    case error_kind::no_replicas:
    case error_kind::too_many_clients:
      return errc::unavailable;
    case error_kind::authentication:
    case error_kind::permission:
      return errc::unauthorized;
    case error_kind::wrong_type:
    case error_kind::other:
      return errc::refused;
  }
  return errc::refused;
}

std::string_view error_word(std::string_view error_reply) noexcept {
  return error_reply.substr(0, error_reply.find(' '));
}

error_kind classify(std::string_view error_reply) noexcept {
  const std::string_view word = error_word(error_reply);
  if (word != "ERR") return kind_of_word(word);
  if (error_reply.starts_with("ERR max number of clients")) return error_kind::too_many_clients;
  if (error_reply.starts_with("ERR Error running script")) {
    // "ERR Error running script (call to f_…): @user_script:1: @user_script: 1: -OOM command …"
    const std::size_t cause = error_reply.rfind(": -");
    if (cause != std::string_view::npos) {
      return kind_of_word(error_word(error_reply.substr(cause + 3)));
    }
  }
  return error_kind::other;
}

std::string loggable(std::string_view error_reply) {
  constexpr std::size_t longest = 200;
  // "ERR unknown command 'X', with args beginning with: 'secret'", and names in quotes before it.
  error_reply = error_reply.substr(0, error_reply.find(", with args"));
  std::string line{error_reply.substr(0, longest)};
  std::replace_if(
      line.begin(), line.end(),
      [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
      },
      '?');
  return line;
}

}  // namespace paperboy::redis
