// The subcommand in a process of its own, spoken to by curl and nghttp.
#include "adapters/simulators/simulate_gateways.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/adapters/simulators/signing.hpp"

namespace paperboy::simulators::test {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string output_of(const std::string& command) {
  std::string out;
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  std::array<char, 4096> part;
  while (std::fgets(part.data(), static_cast<int>(part.size()), pipe) != nullptr)
    out += part.data();
  ::pclose(pipe);
  return out;
}

class simulate_gateways : public ::testing::Test {
 protected:
  simulate_gateways() {
    std::string name = (fs::temp_directory_path() / "paperboy-simulators-XXXXXX").string();
    directory = ::mkdtemp(name.data());
    options.directory = (directory / "made").string();
    options.log_file = (directory / "log.ndjson").string();
  }
  ~simulate_gateways() override {
    stop();
    fs::remove_all(directory);
  }

  void start() {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    std::fflush(stdout);  // else the child's first line is what this process had not written yet
    child = ::fork();
    if (child == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::close(ends[0]);
      ::close(ends[1]);
      ::_exit(run_simulate_gateways(options));
    }
    ::close(ends[1]);
    std::FILE* out = ::fdopen(ends[0], "r");
    std::array<char, 1024> line{};
    if (std::fgets(line.data(), static_cast<int>(line.size()), out) != nullptr) ready = line.data();
    std::fclose(out);
  }
  int stop() {
    if (child <= 0) return -1;
    int status = 0;
    ::kill(child, SIGTERM);
    ::waitpid(child, &status, 0);
    child = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string address(const std::string& name) const {
    const std::size_t from = ready.find(name + "=") + name.size() + 1;
    return ready.substr(from, ready.find_first_of(" \n", from) - from);
  }
  std::string made(const char* name) const { return options.directory + "/" + name; }

  simulate_options options;
  fs::path directory;
  std::string ready;
  pid_t child = 0;
};

TEST_F(simulate_gateways, serves_curl_with_the_credentials_it_wrote) {
  start();
  const std::string jwt = provider_token(read_file(made("AuthKey.p8")), std::time(nullptr));
  const std::string curl = "curl -sS --max-time 10 --cacert " + made("ca.pem");
  const std::string pushed =
      output_of(curl + " -i --http2 -H 'authorization: bearer " + jwt +
                "' -H 'apns-topic: com.example.news' -d '{\"aps\":{\"alert\":\"x\"}}' " +
                address("apns") + "/3/device/00fc");
  EXPECT_TRUE(pushed.starts_with("HTTP/2 200")) << pushed;
  EXPECT_NE(pushed.find("apns-id: "), std::string::npos);

  const auto account = boost::json::parse(read_file(made("service-account.json")));
  const std::string assertion_text = assertion(
      std::string(account.at("private_key").as_string()), account.at("client_email").as_string(),
      account.at("token_uri").as_string(), std::time(nullptr));
  const std::string answer = output_of(
      curl +
      " --http1.1 --data-urlencode grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer "
      "-d assertion=" +
      assertion_text + " " + address("fcm") + "/token");
  const std::string token(boost::json::parse(answer).at("access_token").as_string());
  for (const char* version : {"--http2", "--http1.1"}) {
    const std::string sent =
        output_of(curl + " " + version + " -H 'authorization: Bearer " + token +
                  "' -d '{\"message\":{\"token\":\"abcdefghijklmnopqrstuvwx\"}}' " +
                  address("fcm") + "/v1/projects/paperboy-demo/messages:send");
    EXPECT_NE(sent.find("projects/paperboy-demo/messages/"), std::string::npos) << sent;
  }
  EXPECT_EQ(stop(), EX_OK);

  std::ifstream log(options.log_file);
  std::string line;
  std::size_t lines = 0;
  while (std::getline(log, line)) {
    EXPECT_TRUE(boost::json::parse(line).at("taken").as_bool()) << line;
    ++lines;
  }
  EXPECT_EQ(lines, 3U);
}

TEST_F(simulate_gateways, serves_nghttp) {
  start();
  const std::string seen = output_of("nghttp -v --no-verify-peer -t 10 -H ':method: POST' -d " +
                                     made("ca.pem") + " " + address("sandbox") + "/3/device/00fc");
  EXPECT_NE(seen.find("SETTINGS_MAX_CONCURRENT_STREAMS(0x03):1]"), std::string::npos) << seen;
  EXPECT_NE(seen.find("apns-unique-id"), std::string::npos);
  EXPECT_NE(seen.find("{\"reason\":\"MissingTopic\"}"), std::string::npos);
}

TEST_F(simulate_gateways, keeps_its_keys_from_one_start_to_the_next) {
  start();
  const std::string ca = read_file(made("ca.pem"));
  const std::string key = read_file(made("AuthKey.p8"));
  EXPECT_EQ(stop(), EX_OK);
  start();
  EXPECT_EQ(read_file(made("ca.pem")), ca);
  EXPECT_EQ(read_file(made("AuthKey.p8")), key);
  EXPECT_NE(read_file(made("gateways.toml")).find(address("fcm")), std::string::npos);
  EXPECT_NE(read_file(made("service-account.json")).find(address("fcm") + "/token"),
            std::string::npos);
  struct stat about{};
  ASSERT_EQ(::stat(made("AuthKey.p8").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
}

TEST_F(simulate_gateways, says_why_it_cannot_start) {
  options.directory = (directory / "no" / "such").string();
  EXPECT_EQ(run_simulate_gateways(options), EX_CANTCREAT);
  options.directory = (directory / "made").string();
  start();
  const std::string taken = address("apns");
  options.apns_port = static_cast<std::uint16_t>(std::stoi(taken.substr(taken.rfind(':') + 1)));
  EXPECT_EQ(run_simulate_gateways(options), EX_UNAVAILABLE);
}

}  // namespace
}  // namespace paperboy::simulators::test
