#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/client.hpp"
#include "adapters/redis/installation.hpp"

// What opening an installation and accepting a loss share: the fields under control_key and what
// the shards say themselves.
namespace paperboy::redis {

using notes = std::map<std::string, std::string, std::less<>>;

notes read_notes(const reply& r);
std::optional<std::string> value_in(const notes& n, std::string_view field);
std::string generation_field(std::uint32_t shard);  // "gen:17"

// Why a program with these settings cannot work on them; nothing if it can.
std::optional<opened_installation> refusal(const notes& n, const installation_settings& s);
opened_installation failure(error_code code, std::string problem,
                            std::vector<std::uint32_t> lost = {});

// The generation that each shard itself says; empty: none.
task<result<std::vector<std::string>>> read_generations(client& redis, std::uint32_t shards);

// Writes the notes of a new installation, unless there are some; answers those that are there.
task<answer> make_notes(client& redis, std::uint32_t shards);
// Gives the shard a generation unless it has one, then notes what it says. May be repeated, and
// done by several at once.
task<error_code> install_shard(client& redis, std::uint32_t shard);
task<error_code> note_installed(client& redis);

}  // namespace paperboy::redis
