#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "adapters/http/authentication.hpp"
#include "core/domain/identifiers.hpp"
#include "tests/adapters/command_line/newsroom_folder.hpp"
#include "tests/adapters/command_line/program_run.hpp"

namespace paperboy::command_line {
namespace {

std::ptrdiff_t lines_of(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

TEST(the_program, says_its_version) {
  const auto run = run_program({"--version"});
  EXPECT_EQ(run.status, 0);
  EXPECT_TRUE(std::regex_match(run.out, std::regex{R"(paperboy \d+\.\d+\.\d+\n)"})) << run.out;
}

TEST(the_program, helps_with_each_subcommand) {
  const auto top = run_program({"--help"});
  EXPECT_EQ(top.status, 0);
  for (const char* name :
       {"accept-loss", "check", "demo", "digest", "schedule", "simulate-gateways", "key"}) {
    EXPECT_NE(top.out.find(name), std::string::npos) << name;
    const auto run = run_program({name, "--help"});
    EXPECT_EQ(run.status, 0);
    EXPECT_NE(run.out.find(std::string{"Usage: paperboy "} + name), std::string::npos) << run.out;
    EXPECT_EQ(run.err, "");
  }
}

TEST(the_program, refuses_wrong_arguments_with_64_and_one_line) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{}, "paperboy: A subcommand is required; see paperboy --help\n"},
      {{"serv"}, "paperboy: \"serv\" is not a subcommand; see paperboy --help\n"},
      {{"--bogus"}, "paperboy: \"--bogus\" is not an option here; see paperboy --help\n"},
      {{"key"}, "paperboy key: A subcommand is required; see paperboy key --help\n"},
      {{"key", "old"}, "paperboy key: \"old\" is not a subcommand; see paperboy key --help\n"},
      {{"check"}, "paperboy check: --config is required; see paperboy check --help\n"},
      {{"check", "--config", "a", "b"},
       "paperboy check: The following argument was not expected: b; see paperboy check --help\n"},
      {{"key", "new", "--scope", "all"},
       "paperboy key new: --scope: \"all\" is not a scope (items, notifications, topics, "
       "subscribers, reports); see paperboy key new --help\n"},
      {{"key", "new", "--name", "a\nb"},
       "paperboy key new: --name: \"a\\x0ab\" is not a name of 1 to 200 visible characters without "
       "\" and \\; see paperboy key new --help\n"},
      {{"schedule", "--zone", "UTC+3", "--time", "08:00"},
       "paperboy schedule: --zone: \"UTC+3\" is not an IANA time zone of this system's tzdata, for "
       "example Asia/Baku; see paperboy schedule --help\n"},
      {{"schedule", "--zone", "UTC", "--time", "8:00"},
       "paperboy schedule: --time: \"8:00\" is not a time from 00:00 to 23:59; see paperboy "
       "schedule --help\n"},
      {{"schedule", "--zone", "UTC", "--time", "08:00", "--from", "2026-02-30"},
       "paperboy schedule: --from: \"2026-02-30\" is not a date, for example 2026-11-24; see "
       "paperboy schedule --help\n"},
      {{"schedule", "--zone", "UTC", "--time", "08:00", "--days", "mon,fun"},
       "paperboy schedule: --days: \"mon,fun\" is not a list of weekdays, for example mon,wed,fri; "
       "see paperboy schedule --help\n"},
      {{"simulate-gateways", "--latency", "50"},
       "paperboy simulate-gateways: --latency: \"50\" is not a time from 0ms to 600s, for example "
       "50ms; see paperboy simulate-gateways --help\n"},
  };
  for (const auto& [arguments, line] : cases) {
    const auto run = run_program(arguments);
    EXPECT_EQ(run.status, 64) << line;
    EXPECT_EQ(run.err, line);
    EXPECT_EQ(run.out, "");
  }
}

TEST(the_program, refuses_a_fault_that_is_none) {
  const auto run = run_program({"simulate-gateways", "--fault", "zork="});
  EXPECT_EQ(run.status, 64);
  EXPECT_EQ(lines_of(run.err), 1);
  EXPECT_NE(run.err.find("--fault: \"zork=\""), std::string::npos) << run.err;
}

TEST(check, refuses_a_wrong_configuration_with_78_and_one_line) {
  const newsroom_folder folder;
  const auto file = folder.write("paperboy.toml", "[http]\nlisten = \"80800\"\n");
  const auto run = run_program({"check", "--config", file});
  EXPECT_EQ(run.status, 78);
  EXPECT_EQ(run.out, "");
  EXPECT_EQ(run.err, file.native() +
                         ":2: [http] listen: \"80800\" is not an address and port; write for "
                         "example \"127.0.0.1:8080\"\n");
}

TEST(check, refuses_a_configuration_that_is_not_there_with_78_and_one_line) {
  const auto run = run_program({"check", "--config", "/nowhere/paperboy.toml"});
  EXPECT_EQ(run.status, 78);
  EXPECT_EQ(lines_of(run.err), 1);
}

TEST(check, reads_the_environment) {
  const newsroom_folder folder;
  const auto file = folder.write("paperboy.toml", whole_app);
  const auto good = run_program({"check", "--config", file}, {{"PAPERBOY_REDIS__SHARDS", "8"}});
  EXPECT_EQ(good.status, 0) << good.err;
  EXPECT_NE(good.out.find("8 shards"), std::string::npos) << good.out;
  const auto bad = run_program({"check", "--config", file}, {{"PAPERBOY_REDIS__SHARD", "8"}});
  EXPECT_EQ(bad.status, 78);
  EXPECT_EQ(bad.err,
            "PAPERBOY_REDIS__SHARD: [redis] shard: is not a setting that Paperboy knows; did you "
            "mean \"shards\"?\n");
}

TEST(check, names_the_template_that_is_wrong) {
  const newsroom_folder folder;
  std::filesystem::create_directory(folder.path() / "words");
  folder.write("words/en.properties", "digest.title = {headlin}\n");
  const auto file = folder.write("paperboy.toml",
                                 "[templates]\ndirectory = \"words\"\n" + std::string{whole_app});
  const auto run = run_program({"check", "--config", file});
  EXPECT_EQ(run.status, 78);
  EXPECT_EQ(lines_of(run.err), 1);
  EXPECT_NE(run.err.find("words/en.properties:1: digest.title: "), std::string::npos) << run.err;
}

TEST(check, shows_no_credential) {
  const newsroom_folder folder;
  const auto file = folder.write(
      "paperboy.toml",
      "[redis]\nurl = \"redis://user:hunter2@localhost\"\n" + std::string{whole_app}, 0644);
  const auto run = run_program({"check", "--config", file});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.out.find("hunter2"), std::string::npos);
  EXPECT_EQ(run.out.find("ck_anewz"), std::string::npos);
  EXPECT_NE(run.out.find("every user can read it; run: chmod 640"), std::string::npos) << run.out;
}

TEST(key_new, prints_a_key_and_a_section_that_holds_its_hash_only) {
  const auto run =
      run_program({"key", "new", "--name", "cms", "--app", "anewz,other", "--scope", "items"});
  ASSERT_EQ(run.status, 0) << run.err;
  const std::string key = run.out.substr(0, run.out.find('\n'));
  EXPECT_TRUE(std::regex_match(key, std::regex{"pk_live_[0-9A-Za-z]{43}"})) << key;
  EXPECT_EQ(run.out.find(key, 1), std::string::npos);
  const auto hash = http::sha256(key);
  const std::string hex = to_hex({reinterpret_cast<const char*>(hash.data()), hash.size()});
  const std::string section = run.out.substr(run.out.find("[[api_key]]"));
  EXPECT_EQ(section, "[[api_key]]\nname = \"cms\"\nsha256 = \"" + hex +
                         "\"\nscopes = [\"items\"]\napps = [\"anewz\", \"other\"]\n");
}

TEST(key_new, prints_a_section_that_loads) {
  const newsroom_folder folder;
  const auto key = run_program({"key", "new"});
  const auto file = folder.write(
      "paperboy.toml", std::string{whole_app} + key.out.substr(key.out.find("[[api_key]]")));
  const auto run = run_program({"check", "--config", file});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_NE(run.out.find("newsroom: items, notifications, reports, subscribers, topics for anewz"),
            std::string::npos)
      << run.out;
}

TEST(schedule, prints_a_line_for_each_slot) {
  const auto run = run_program({"schedule", "--zone", "Europe/Berlin", "--time", "02:30", "--from",
                                "2026-03-28", "--count", "3"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.out,
            "2026-03-28 02:30 2026-03-28T01:30:00Z\n"
            "2026-03-29 03:00 2026-03-29T01:00:00Z\n"
            "2026-03-30 02:30 2026-03-30T00:30:00Z\n");
}

TEST(schedule, keeps_to_the_days_that_were_named) {
  const auto run = run_program({"schedule", "--zone", "Asia/Baku", "--time", "08:00", "--days",
                                "fri,mon", "--from", "2026-11-24", "--count", "3"});
  EXPECT_EQ(run.out,
            "2026-11-27 08:00 2026-11-27T04:00:00Z\n"
            "2026-11-30 08:00 2026-11-30T04:00:00Z\n"
            "2026-12-04 08:00 2026-12-04T04:00:00Z\n");
}

TEST(schedule, passes_over_a_date_that_the_zone_never_had) {
  const auto run = run_program({"schedule", "--zone", "Pacific/Apia", "--time", "08:00", "--from",
                                "2011-12-29", "--count", "2"});
  EXPECT_EQ(run.out,
            "2011-12-29 08:00 2011-12-29T18:00:00Z\n"
            "2011-12-31 08:00 2011-12-30T18:00:00Z\n");
}

TEST(schedule, ends_where_the_years_end) {
  const auto run = run_program(
      {"schedule", "--zone", "UTC", "--time", "08:00", "--from", "9999-12-30", "--count", "5"});
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.out, "9999-12-30 08:00 9999-12-30T08:00:00Z\n");
}

}  // namespace
}  // namespace paperboy::command_line
