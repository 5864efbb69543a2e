// What is not written here, and what to write instead.

#include <gtest/gtest.h>

#include "tests/tidy/source_files.hpp"

namespace paperboy::tidy {
namespace {

struct ban {
  const char* text;
  const char* instead;
};

void expect_none(const std::vector<std::filesystem::path>& where, const std::vector<ban>& bans) {
  for (const auto& file : where) {
    const std::string text = read(file);
    for (const auto& b : bans) {
      EXPECT_EQ(text.find(b.text), std::string::npos)
          << shown(file) << " says \"" << b.text << "\": " << b.instead;
    }
  }
}

TEST(words, sources_use_the_projects_own_means) {
  std::vector<std::filesystem::path> sources;
  for (const char* folder : {"core", "adapters"}) {
    for (auto& file : files(folder, {".hpp", ".cpp", ".lua"})) sources.push_back(std::move(file));
  }
  expect_none(sources, {
                           {"asio::detached", "spawn in a net::task_group, which is joined"},
                           {"getenv(\"PAPERBOY", "configuration is read in one place"},
                           {"TO" "DO", "finish it, or write an issue"},
                           {"FIX" "ME", "finish it, or write an issue"},
                           {"std::this_thread::sleep", "await a timer"},
                       });
}

TEST(words, documents_promise_only_what_is_kept) {
  std::vector<std::filesystem::path> documents = files("ops", {".md"});
  for (const char* name : {"README.md", "ARCHITECTURE.md", "CHANGELOG.md"}) {
    documents.push_back(root() / name);
  }
  expect_none(documents, {{"exactly" " once", "copies are bounded and invisible, not impossible"},
                          {"Exactly" " once", "copies are bounded and invisible, not impossible"}});
}

}  // namespace
}  // namespace paperboy::tidy
