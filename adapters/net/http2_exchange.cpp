#include "adapters/net/http2_exchange.hpp"

namespace paperboy::net {

void http2_exchange::field(std::string_view name, std::string_view value, repeats how) noexcept {
  if (field_count_ == most_fields) {
    overfull_ = true;
    return;
  }
  fields_[field_count_++] = {name, value, how == repeats::yes};
}

char* http2_exchange::scratch(std::size_t size) noexcept {
  if (size > scratch_size - scratch_used_) {
    overfull_ = true;
    return nullptr;
  }
  char* const at = scratch_.data() + scratch_used_;
  scratch_used_ += size;
  return at;
}

void http2_exchange::body(std::string_view piece) noexcept {
  if (piece_count_ == most_pieces) {
    overfull_ = true;
    return;
  }
  pieces_[piece_count_++] = piece;
}

void http2_exchange::begin() noexcept {
  field_count_ = 0;
  piece_count_ = 0;
  scratch_used_ = 0;
  overfull_ = false;
  stream_ = 0;
  piece_ = 0;
  piece_offset_ = 0;
  written_at_ = 0;
  header_bytes_ = 0;
  complete_ = false;
  end_ = attempt_end::not_processed;
  status_ = 0;
  connection_ = 0;
  answer_body_.clear();
  retry_after_.clear();
}

void http2_exchanges::push_back(http2_exchange& x) noexcept {
  x.before_ = last_;
  x.after_ = nullptr;
  (last_ != nullptr ? last_->after_ : first_) = &x;
  last_ = &x;
  ++size_;
}

void http2_exchanges::insert_by_age(http2_exchange& x) noexcept {
  http2_exchange* later = first_;
  while (later != nullptr && later->accepted_at_ <= x.accepted_at_) later = later->after_;
  if (later == nullptr) return push_back(x);
  x.before_ = later->before_;
  x.after_ = later;
  (x.before_ != nullptr ? x.before_->after_ : first_) = &x;
  later->before_ = &x;
  ++size_;
}

void http2_exchanges::remove(http2_exchange& x) noexcept {
  (x.before_ != nullptr ? x.before_->after_ : first_) = x.after_;
  (x.after_ != nullptr ? x.after_->before_ : last_) = x.before_;
  x.before_ = nullptr;
  x.after_ = nullptr;
  --size_;
}

}  // namespace paperboy::net
