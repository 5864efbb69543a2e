#pragma once

#include <map>
#include <string>

#include "tests/sim/memory_store.hpp"

namespace paperboy::sim {

// Topics of every app, and four items: half of them for the digests of `start`, half for a day later.
void found_newsroom(memory_store& store, const std::map<std::string, digest_defaults>& apps,
                    instant start);

}  // namespace paperboy::sim
