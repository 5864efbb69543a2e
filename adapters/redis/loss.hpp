#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/redis/client.hpp"
#include "adapters/redis/installation.hpp"

namespace paperboy::redis {

struct lost_shard {
  std::uint32_t number = 0;
  std::string known;  // the generation that it had; empty: not known any more
  std::string said;   // what it says now; empty: it holds nothing that it was installed with
  std::uint64_t subscribers = 0;  // that are found in it all the same
};

// A run that had opened lost shards and was not done in them.
struct owed_run {
  std::string app;
  std::string run;
  std::vector<std::uint32_t> shards;
};

// What an installation lost, as open_installation() would find it. `error` and `problem` as there,
// but for errc::shard_regressed, which is no error here.
struct loss {
  error_code error;
  std::string problem;
  bool notes = false;  // with them the secret of all device credentials
  std::vector<lost_shard> shards;
  std::vector<owed_run> runs;

  bool anything() const noexcept { return notes || !shards.empty(); }
};

// Changes nothing. `apps`: whose runs are looked at.
task<loss> survey_loss(client& redis, installation_settings s, std::vector<std::string> apps);

// The operator accepts that these shards, all of them in `found`, lost their data: they begin anew
// with what they hold, and runs do not wait for them any longer. Lost notes are made anew, for
// which all of `found` has to be accepted. Shards that are whole keep what they have. May be
// repeated after a failure. Answers what open_installation() finds then.
task<opened_installation> accept_loss(client& redis, installation_settings s, const loss& found,
                                      std::vector<std::uint32_t> shards);

// Connections of other Paperboys to this Redis, by the name that every one of them gives itself. An
// error where Redis does not say who is connected.
task<result<std::size_t>> other_paperboys(client& redis);

}  // namespace paperboy::redis
