#pragma once

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/client.hpp"

namespace paperboy::service {

// An operator at the Redis of an installation.
class redis_console {
 public:
  explicit redis_console(const std::filesystem::path& socket);

  // The answer: a text, a number as text, or the lines of a list. Throws std::runtime_error.
  std::string ask(std::initializer_list<std::string_view> words);
  std::vector<std::string> list(std::initializer_list<std::string_view> words);
  // Deletes every key that begins so; how many.
  std::size_t remove_all(std::string_view prefix);

 private:
  redis::reply call(redis::command c);

  boost::asio::io_context loop_{1};
  redis::client client_;
};

}  // namespace paperboy::service
