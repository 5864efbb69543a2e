#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "adapters/command_line/configuration.hpp"
#include "tests/adapters/command_line/newsroom_folder.hpp"

namespace paperboy::command_line {
namespace {

struct refused_case {
  std::string name;
  environment_variables variables;
  std::string toml;
  std::string line;
};

std::vector<refused_case> read_cases() {
  std::ifstream file{PAPERBOY_SOURCE_DIR "/tests/adapters/command_line/refused.txt"};
  std::vector<refused_case> cases;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("=== ")) {
      cases.emplace_back().name = line.substr(4);
    } else if (cases.empty()) {
      continue;
    } else if (line == "---") {
      std::getline(file, cases.back().line);
    } else if (line.starts_with('$')) {
      const auto equals = line.find('=');
      cases.back().variables.emplace_back(line.substr(1, equals - 1), line.substr(equals + 1));
    } else if (line == "@app") {
      cases.back().toml += whole_app;
    } else {
      cases.back().toml += line + "\n";
    }
  }
  return cases;
}

std::string replaced(std::string text, const std::string& part, const std::string& with) {
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + with.size())) {
    text.replace(at, part.size(), with);
  }
  return text;
}

TEST(refused_configuration, says_in_one_line_where_what_and_what_to_write_instead) {
  const newsroom_folder folder;
  const auto cases = read_cases();
  EXPECT_GE(cases.size(), 100U);
  for (const refused_case& c : cases) {
    SCOPED_TRACE(c.name);
    const auto file = folder.write("paperboy.toml", c.toml);
    const auto loaded = load_configuration(file, c.variables);
    const auto* error = std::get_if<configuration_error>(&loaded);
    if (error == nullptr) {
      ADD_FAILURE() << "was accepted";
      continue;
    }
    std::string text =
        replaced(error->text(), folder.path().native() + "/paperboy.toml", "paperboy.toml");
    text = replaced(std::move(text), folder.path().native(), "DIR");
    EXPECT_EQ(text, c.line);
  }
}

TEST(refused_configuration, never_repeats_a_secret) {
  const newsroom_folder folder;
  for (const refused_case& c : read_cases()) {
    const auto file = folder.write("paperboy.toml", c.toml);
    const auto loaded = load_configuration(file, c.variables);
    const auto* error = std::get_if<configuration_error>(&loaded);
    if (error == nullptr) continue;
    for (const char* secret : {"hunter2", "secretsecret", "12345678901234567890123", "0123456789",
                               "the token itself", "PRIVATE KEY\n"}) {
      EXPECT_EQ(error->text().find(secret), std::string::npos) << c.name;
    }
    EXPECT_EQ(error->text().find('\n'), std::string::npos) << c.name;
  }
}

TEST(refused_configuration, a_file_that_is_not_there) {
  const auto loaded = load_configuration("/nowhere/paperboy.toml", {});
  ASSERT_TRUE(std::holds_alternative<configuration_error>(loaded));
  EXPECT_EQ(std::get<configuration_error>(loaded).text(),
            "/nowhere/paperboy.toml: the file \"/nowhere/paperboy.toml\" does not exist; name the "
            "configuration with --config");
}

TEST(refused_configuration, a_file_that_is_not_utf8) {
  const newsroom_folder folder;
  const auto file = folder.write("paperboy.toml", "[http]\nlisten = \"\xff\xfe\"\n");
  const auto loaded = load_configuration(file, {});
  ASSERT_TRUE(std::holds_alternative<configuration_error>(loaded));
  EXPECT_EQ(std::get<configuration_error>(loaded).line, 2);
  EXPECT_EQ(std::get<configuration_error>(loaded).remedy, "save the file as UTF-8");
}

TEST(refused_configuration, a_file_that_is_too_large) {
  const newsroom_folder folder;
  const auto file = folder.write("paperboy.toml", std::string(1'048'577, '#'));
  const auto loaded = load_configuration(file, {});
  ASSERT_TRUE(std::holds_alternative<configuration_error>(loaded));
  EXPECT_NE(std::get<configuration_error>(loaded).text().find("more than 1048576 bytes"),
            std::string::npos);
}

}  // namespace
}  // namespace paperboy::command_line
