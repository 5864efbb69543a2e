#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/domain/outcome.hpp"

namespace paperboy::net {

class http2_session;
class http2_exchanges;
class gateway_connections;

// Who is served first where streams are scarce.
enum class urgency : bool { ordinary, urgent };

// One POST and its answer. Whoever asks owns the object, usually in a slab, and keeps it in place
// from send() until the answer was handed over; nothing is allocated for it in between but what an
// answer's body needs, and that is kept for the next use.
//
// All views given to it stay valid until the answer.
class http2_exchange {
 public:
  static constexpr std::size_t most_fields = 16;
  static constexpr std::size_t most_pieces = 8;
  static constexpr std::size_t scratch_size = 640;

  // How HPACK treats a field (RFC 7541 section 6.2). A value that no later request repeats must not
  // be put in the table: it would push out those that are.
  enum class repeats : bool { no, yes };

  // -- writing the request ------------------------------------------------------------------------

  // A pseudo field (those first) or a field; `name` in lower case, of static storage.
  void field(std::string_view name, std::string_view value, repeats how = repeats::yes) noexcept;

  // Room for a value made for this request alone; nullptr when scratch_size is used up.
  char* scratch(std::size_t size) noexcept;

  // The next piece of the body. At most most_pieces.
  void body(std::string_view piece) noexcept;

  // More was written than there is room for: the request cannot be sent.
  bool overfull() const noexcept { return overfull_; }

  // -- reading the answer, from answered() on
  // ------------------------------------------------------

  attempt_end end() const noexcept { return end_; }
  std::uint16_t status() const noexcept { return status_; }
  // At most session_settings::body_limit bytes; what the peer sent beyond is dropped.
  std::string_view answer_body() const noexcept { return answer_body_; }
  std::string_view retry_after() const noexcept { return retry_after_; }
  // The connection it went out on, 0 for none; for gateway_connections::replace().
  std::uint32_t connection() const noexcept { return connection_; }

 protected:
  ~http2_exchange() = default;

 private:
  friend class http2_session;
  friend class http2_exchanges;
  friend class gateway_connections;

  struct header_field {
    std::string_view name;
    std::string_view value;
    bool repeats;
  };

  void begin() noexcept;  // forgets the request and the answer

  std::array<header_field, most_fields> fields_;
  std::array<std::string_view, most_pieces> pieces_;
  std::size_t field_count_ = 0;
  std::size_t piece_count_ = 0;
  std::size_t scratch_used_ = 0;
  bool overfull_ = false;

  // The connection's side.
  http2_session* session_ = nullptr;
  http2_exchange* before_ = nullptr;  // in the list it is in: waiting, open, or ended
  http2_exchange* after_ = nullptr;
  std::int32_t stream_ = 0;
  std::size_t piece_ = 0;  // where reading of the body stands
  std::size_t piece_offset_ = 0;
  std::uint64_t written_at_ = 0;  // position in the connection's output where it ended, 0: not yet
  std::size_t header_bytes_ = 0;
  bool complete_ = false;  // the whole answer is here
  std::chrono::steady_clock::time_point accepted_at_;
  std::chrono::steady_clock::time_point opened_at_;
  unsigned openings_ = 0;
  urgency urgency_ = urgency::ordinary;

  attempt_end end_ = attempt_end::not_processed;
  std::uint16_t status_ = 0;
  std::uint32_t connection_ = 0;
  std::string answer_body_;
  std::string retry_after_;
  std::array<char, scratch_size> scratch_;
};

// A list of exchanges through themselves: taking out is as cheap as putting in.
class http2_exchanges {
 public:
  bool empty() const noexcept { return first_ == nullptr; }
  std::size_t size() const noexcept { return size_; }
  http2_exchange* front() const noexcept { return first_; }
  static http2_exchange* after(const http2_exchange& x) noexcept { return x.after_; }

  void push_back(http2_exchange& x) noexcept;
  // Before the first that was accepted later: what comes back does not lose its place.
  void insert_by_age(http2_exchange& x) noexcept;
  void remove(http2_exchange& x) noexcept;

 private:
  http2_exchange* first_ = nullptr;
  http2_exchange* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace paperboy::net
