#include "adapters/redis/sign_in.hpp"

#include <array>
#include <utility>
#include <vector>

#include "adapters/redis/command.hpp"

namespace paperboy::redis {
namespace {

enum class question : std::uint8_t { credential, name, database, ready };

struct conversation {
  pipeline commands;
  std::vector<question> asked;

  explicit conversation(const url& where) {
    if (!where.password.empty()) {
      command auth{"AUTH"};
      if (!where.user.empty()) auth.arg(where.user);
      auth.arg(where.password);
      add(question::credential, std::move(auth));
    }
    add(question::name, command{"CLIENT", "SETNAME", "paperboy"});
    if (where.database != 0) add(question::database, command{"SELECT", where.database});
    add(question::ready, command{"PING"});
  }

  void add(question what, command c) {
    commands.add(std::move(c));
    asked.push_back(what);
  }
};

sign_in_outcome judge(question what, const reply& r) {
  if (!r.is_error()) return {};
  const std::string_view text = r.as_string();
  const error_kind kind = classify(text);
  switch (what) {
    case question::name:
      return {};
    case question::credential:
      // "ERR AUTH <password> called without any password configured" is no less final.
      if (code_of(kind) == errc::unavailable) return {kind, loggable(text)};
      return {error_kind::authentication, loggable(text)};
    case question::database:
      return {kind, "SELECT: " + loggable(text)};
    case question::ready:
      break;
  }
  switch (kind) {
    case error_kind::loading:
    case error_kind::master_down:
    case error_kind::authentication:
    case error_kind::too_many_clients:
    case error_kind::other:
      return {kind, loggable(text)};
    default:
      return {};
  }
}

}  // namespace

task<sign_in_outcome> sign_in(transport& stream, reply_reader& replies, const url& where) {
  const conversation with{where};
  const result<void> sent = co_await stream.write_all(with.commands.bytes());
  if (!sent) co_return sign_in_outcome{error_kind::not_connected, sent.error().message()};

  std::array<char, 1024> buffer;
  std::size_t answered = 0;
  while (answered < with.asked.size()) {
    const result<std::size_t> read = co_await stream.read_some(buffer);
    if (!read) co_return sign_in_outcome{error_kind::not_connected, read.error().message()};
    replies.feed({buffer.data(), *read});
    for (;;) {
      reply r;
      const reply_reader::step step = replies.next(r);
      if (step == reply_reader::step::more) break;
      if (step == reply_reader::step::broken || answered == with.asked.size()) {
        co_return sign_in_outcome{error_kind::protocol, "what answers there is no Redis"};
      }
      sign_in_outcome outcome = judge(with.asked[answered++], r);
      if (outcome.kind != error_kind::none) co_return outcome;
    }
  }
  co_return sign_in_outcome{};
}

}  // namespace paperboy::redis
