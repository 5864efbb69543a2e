#include "tests/bench/peers.hpp"

#include <unistd.h>

#include <boost/json.hpp>
#include <fstream>

#include "adapters/apns/wire.hpp"
#include "tests/bench/gateways.hpp"
#include "tests/bench/sender_floor.hpp"

namespace paperboy::bench {
namespace {

namespace json = boost::json;
using std::filesystem::path;

path temporary(const char* what) {
  return std::filesystem::temp_directory_path() /
         (std::string("paperboy-bench-") + what + '-' + std::to_string(::getpid()));
}

// The slowest manages ten times as many where it has a core to itself.
std::chrono::seconds limit_for(std::size_t pushes) {
  return std::chrono::seconds(60 + pushes / 300);
}

json::object words_of(const gateways& ways, const peer_job& job) {
  const floor_job fcm = fcm_floor(ways);
  const auto& key = ways.apns_key();
  json::array tokens, fcm_tokens;
  for (std::size_t i = 0; i < job.devices; ++i) {
    tokens.emplace_back(gateways::apns_path(i).substr(apns::path_start.size()));
    fcm_tokens.emplace_back(fcm_token(i));
  }
  return {{"port", ways.nghttpd_port()},
          {"pushes", job.pushes},
          {"in_flight", job.in_flight},
          {"team_id", key.team_id},
          {"key_id", key.key_id},
          {"key", key.private_key},
          {"topic", apns_floor(ways, 0).topic},
          {"body", job.apns_body},
          {"tokens", std::move(tokens)},
          {"project_id", json::parse(ways.service_account()).at("project_id")},
          {"access_token", fcm.authorization.substr(std::string_view("Bearer ").size())},
          {"message", json::parse(job.fcm_body).at("message")},
          {"fcm_tokens", std::move(fcm_tokens)}};
}

}  // namespace

child_cost run_h2load(const floor_job& job) {
  const path folder = temporary("h2load");
  std::filesystem::create_directories(folder);
  const std::string body = (folder / "body").string(), urls = (folder / "urls").string();
  std::ofstream(body) << job.body;
  std::ofstream list(urls);
  for (const auto& of : job.paths) list << "https://localhost:" << job.port << of << '\n';
  list.close();
  const child_cost cost = run_child(
      {"h2load", "-n", std::to_string(job.pushes), "-c1", "-m", std::to_string(job.streams), "-d",
       body, "-i", urls, "-H", "authorization: " + job.authorization, "-H",
       "apns-topic: " + job.topic, "-H", "apns-push-type: alert"},
      limit_for(job.pushes));
  std::filesystem::remove_all(folder);
  return cost;
}

child_cost run_peer(const peer& one, const path& built, const gateways& ways, const peer_job& job) {
  const path program = std::filesystem::absolute(built) / one.folder / "run";
  if (!std::filesystem::exists(program)) return {.failure = "left out: ops/peers did not build it"};
  const path file = temporary("peer");
  std::ofstream(file) << words_of(ways, job);
  // Go and Node have each a variable of their own for whom to trust.
  const child_cost cost =
      run_child({"env", "SSL_CERT_FILE=" + ways.ca_file(), "NODE_EXTRA_CA_CERTS=" + ways.ca_file(),
                 program.string(), file.string()},
                limit_for(job.pushes));
  std::filesystem::remove(file);
  return cost;
}

}  // namespace paperboy::bench
