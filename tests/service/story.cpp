#include "tests/service/story.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace paperboy::service {
namespace {

std::vector<any_story*>& all_stories() {
  static std::vector<any_story*> all;
  return all;
}

bool is_looked_at(std::string_view suite) {
  const auto& tests = *::testing::UnitTest::GetInstance();
  for (int i = 0; i < tests.total_test_suite_count(); ++i) {
    const auto* s = tests.GetTestSuite(i);
    if (s->name() == suite && s->should_run()) return true;
  }
  return false;
}

class stage final : public ::testing::Environment {
 public:
  void SetUp() override {
    for (auto* s : all_stories()) {
      if (is_looked_at(s->suite())) s->begin();
    }
  }
  void TearDown() override {
    for (auto* s : all_stories()) s->finish();
  }
};

}  // namespace

any_story::any_story(std::string_view suite) : suite_(suite) {
  if (all_stories().empty()) ::testing::AddGlobalTestEnvironment(new stage);
  all_stories().push_back(this);
}

}  // namespace paperboy::service
