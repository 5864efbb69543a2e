// How the program starts, reloads, stops and refuses to start.

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/service/eventually.hpp"
#include "tests/service/newsroom.hpp"

namespace paperboy::service {
namespace {

using namespace std::chrono_literals;

std::ptrdiff_t lines_of(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

std::string content_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream{file}.rdbuf();
  return text.str();
}

TEST(serve, prints_one_line_with_its_addresses_when_it_is_ready) {
  newsroom place;
  place.start();
  EXPECT_TRUE(std::regex_match(
      place.ready_line(),
      std::regex{
          R"(ready http=http://127\.0\.0\.1:\d+ operator=http://127\.0\.0\.1:\d+ role=both)"}))
      << place.ready_line();
  EXPECT_EQ(place.api().send({"GET", "/v1/topics", std::string{client_key}}).status, 200U);
  EXPECT_EQ(place.child().output(), place.ready_line() + "\n");
}

TEST(serve, ends_on_sigterm_with_0_and_takes_its_redis_along) {
  newsroom place;
  place.start();
  EXPECT_GT(place.redis(), 0);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(place.stop(), 0) << place.said();
  EXPECT_LE(std::chrono::steady_clock::now() - before, 15s);
  EXPECT_EQ(place.redis(), 0);
}

TEST(serve, keeps_what_was_registered_over_a_restart) {
  newsroom place;
  place.start();
  place.publish();
  const auto registered =
      parsed(place.api()
                 .send({"POST", "/v1/devices", std::string{client_key},
                        R"({"platform":"ios","token":"00112233","topics":{"politics":"digest"}})"})
                 .body);
  const auto credential = text_of(registered, "credential");
  ASSERT_EQ(place.stop(), 0) << place.said();
  place.start();
  EXPECT_EQ(place.api().send({"GET", "/v1/devices/self", credential}).status, 200U);
}

TEST(serve, reads_its_api_keys_again_on_sighup) {
  newsroom place;
  place.start();
  const std::string fresh = "pk_test_another_0123456789";
  const auto status_of = [&](const std::string& key) {
    return place.api().send({"GET", std::string{app_path()} + "/runs", key}).status;
  };
  EXPECT_EQ(status_of(std::string{api_key}), 200U);
  EXPECT_EQ(status_of(fresh), 401U);
  place.write_configuration(fresh);
  place.child().signal(SIGHUP);
  EXPECT_TRUE(eventually(15s, [&] { return status_of(fresh) == 200; })) << place.said();
  EXPECT_EQ(status_of(std::string{api_key}), 401U);
}

TEST(serve, goes_on_as_it_was_when_sighup_finds_a_wrong_file) {
  newsroom place;
  place.start();
  std::ofstream{place.configuration(), std::ios::app} << "[http\n";
  place.child().signal(SIGHUP);
  EXPECT_TRUE(eventually(15s, [&] { return !place.said().empty(); }));
  EXPECT_EQ(
      place.api().send({"GET", std::string{app_path()} + "/runs", std::string{api_key}}).status,
      200U);
}

TEST(serve, refuses_a_wrong_configuration_with_78_and_one_line) {
  const command_line::newsroom_folder folder;
  const auto file = folder.write("paperboy.toml", "[http]\nlisten = \"80800\"\n");
  const auto errors = (folder.path() / "errors").native();
  program refused({"serve", "--config", file.native()}, errors);
  EXPECT_EQ(refused.wait(30s), 78);
  EXPECT_EQ(refused.output(), "");
  EXPECT_EQ(content_of(errors), file.native() +
                                    ":2: [http] listen: \"80800\" is not an address and port; "
                                    "write for example \"127.0.0.1:8080\"\n");
}

TEST(serve, says_what_to_install_where_there_is_no_redis_server) {
  newsroom place;
  const auto errors = place.errors();
  program refused({"serve", "--config", place.configuration()}, errors, {{"PATH", "/nowhere"}});
  EXPECT_EQ(refused.wait(30s), 69);
  EXPECT_EQ(refused.output(), "");
  const auto said = content_of(errors);
  EXPECT_EQ(lines_of(said), 1) << said;
  EXPECT_NE(said.find("redis-server was not found: install it"), std::string::npos) << said;
}

}  // namespace
}  // namespace paperboy::service
