#include "tests/service/redis_console.hpp"

#include <stdexcept>

#include "tests/adapters/redis/server.hpp"

namespace paperboy::service {
namespace {

redis::client_settings to(const std::filesystem::path& socket) {
  redis::client_settings s;
  s.where = redis::unix_url(socket.native());
  return s;
}

redis::command command_of(std::initializer_list<std::string_view> words) {
  redis::command c{*words.begin()};
  for (const auto* word = words.begin() + 1; word != words.end(); ++word) c.arg(*word);
  return c;
}

}  // namespace

redis_console::redis_console(const std::filesystem::path& socket) : client_(loop_, to(socket)) {
  // Not to be taken for a Paperboy.
  ask({"CLIENT", "SETNAME", "operator"});
}

redis::reply redis_console::call(redis::command c) {
  redis::answer a;
  const auto ask = [&]() -> task<void> { a = co_await client_.call(std::move(c)); };
  redis::testing::run(loop_, ask());
  if (!a) throw std::runtime_error("Redis: " + a.error_detail());
  return a.take();
}

std::string redis_console::ask(std::initializer_list<std::string_view> words) {
  const auto r = call(command_of(words));
  return r.is_integer() ? std::to_string(r.as_int()) : std::string(r.as_string());
}

std::vector<std::string> redis_console::list(std::initializer_list<std::string_view> words) {
  std::vector<std::string> lines;
  for (const auto& line : call(command_of(words))) lines.emplace_back(line.as_string());
  return lines;
}

std::size_t redis_console::remove_all(std::string_view prefix) {
  redis::command remove{"DEL"};
  for (const auto& key : list({"KEYS", "*"})) {
    if (key.starts_with(prefix)) remove.arg(key);
  }
  const std::size_t count = remove.count() - 1;
  if (count > 0) call(std::move(remove));
  return count;
}

}  // namespace paperboy::service
