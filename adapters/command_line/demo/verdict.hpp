#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/command_line/demo/public_api.hpp"
#include "adapters/simulators/phones.hpp"

namespace paperboy::command_line::demo {

// What a phone makes of a payload.
struct shown_push {
  std::string title;
  std::string body;
  std::string url;
  std::string image_url;
  std::string edition;
};
// Empty members where the payload is not one of ours.
shown_push read_payload(platform p, std::string_view payload);

// Two payloads of one gateway, but for what differs from push to push: token, message id, edition
// id and time to live.
bool same_but_for_ids(platform p, std::string_view one, std::string_view other);

// What is known when the run is over.
struct evidence {
  const std::vector<demo_phone>& phones;
  const std::vector<simulators::received_push>& pushes;  // all that the gateways saw
  const run_numbers& run;
};

// The pushes to one phone.
std::vector<const simulators::received_push*> pushes_to(const evidence& e, const demo_phone& phone);

// Whether the slot should have brought it a digest.
bool is_owed_a_digest(const demo_phone& phone) noexcept;

// Everything that is not as it should be, a sentence each, by what is looked at.
std::vector<std::string> wrong_digests(const evidence& e);   // of those who are owed one
std::vector<std::string> wrong_silences(const evidence& e);  // of all others, strangers included
std::vector<std::string> wrong_numbers(const evidence& e);   // of the ledger

}  // namespace paperboy::command_line::demo
