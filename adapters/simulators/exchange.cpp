#include "adapters/simulators/exchange.hpp"

#include <algorithm>

namespace paperboy::simulators {

void request::clear() {
  text_.clear();
  fields_.clear();
  body_.clear();
  body_size_ = 0;
}

void request::add(std::string_view name, std::string_view value) {
  if (headers_too_large()) return;
  fields_.push_back({static_cast<std::uint32_t>(text_.size()),
                     static_cast<std::uint32_t>(name.size()),
                     static_cast<std::uint32_t>(value.size())});
  text_.append(name).append(value);
}

void request::append_body(std::string_view bytes) {
  body_size_ += bytes.size();
  body_.append(bytes.substr(0, std::min(bytes.size(), body_limit - body_.size())));
}

std::pair<std::string_view, std::string_view> request::header_at(std::size_t index) const noexcept {
  const field& f = fields_[index];
  const std::string_view all = text_;
  return {all.substr(f.at, f.name_size), all.substr(f.at + f.name_size, f.value_size)};
}

std::string_view request::header(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (fields_[i].name_size != name.size()) continue;
    const auto [found, value] = header_at(i);
    if (found == name) return value;
  }
  return {};
}

bool request::repeats(std::string_view name) const noexcept {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < fields_.size(); ++i) seen += header_at(i).first == name ? 1U : 0U;
  return seen > 1;
}

void answer::clear() {
  end = ending::answer;
  status = 200;
  content_type = {};
  headers.clear();
  body.clear();
  empty_data_last = false;
  piece = 0;
  delay = std::chrono::milliseconds{0};
  error_code = 0;
  last = goaway_last::this_one;
  goaway_twice = false;
  debug.clear();
  stream_limit.reset();
}

}  // namespace paperboy::simulators
