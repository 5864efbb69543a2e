#include <gtest/gtest.h>

#include "adapters/command_line/file_newsroom.hpp"
#include "adapters/command_line/preview_text.hpp"
#include "core/domain/text_time.hpp"
#include "tests/adapters/command_line/newsroom_folder.hpp"
#include "tests/adapters/command_line/program_run.hpp"

namespace paperboy::command_line {
namespace {

constexpr std::string_view three_items =
    R"({"id":"a","title":"Metro opens","teaser":"Today.","url":"https://x.example/a",)"
    R"("topics":["local/baku"],"language":"en","published_at":"2026-11-24T03:00:00Z","priority":90})"
    "\nnot an item\n\n"
    R"({"id":"b","title":"Grain deal","url":"https://x.example/b","topics":["world"],)"
    R"("language":"en","published_at":"2026-11-24T02:00:00Z"})"
    "\n"
    R"({"id":"c","title":"Old news","url":"https://x.example/c","topics":["world"],)"
    R"("language":"en","published_at":"2026-11-20T02:00:00Z"})"
    "\n";

program_result preview(const newsroom_folder& folder, std::vector<std::string> more) {
  const auto config = folder.write("paperboy.toml", whole_app);
  const auto items = folder.write("items.ndjson", three_items);
  std::vector<std::string> arguments{"digest",        "preview", "--config",
                                     config.native(), "--items", items.native()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_program(arguments);
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(the_items_of_a_file, arrive_when_they_were_published_oldest_first) {
  const auto file = read_items(three_items, {{}, *parse_instant("2026-11-24T04:00:00Z"), {}});
  ASSERT_EQ(file.items.size(), 3U);
  EXPECT_EQ(file.items.front().id, "c");
  EXPECT_EQ(file.items.back().arrived_at, file.items.back().published_at);
}

TEST(the_items_of_a_file, are_refused_by_their_line_as_the_api_would) {
  const auto file = read_items(three_items, {{}, *parse_instant("2026-11-24T04:00:00Z"), {}});
  ASSERT_EQ(file.refused.size(), 1U);
  EXPECT_TRUE(file.refused.front().starts_with("2: ")) << file.refused.front();
}

TEST(the_items_of_a_file, bring_their_topics_and_what_those_stand_below) {
  const auto file = read_items(three_items, {{}, *parse_instant("2026-11-24T04:00:00Z"), {}});
  std::vector<std::string> keys;
  for (const auto& t : file.topics) keys.push_back(t.key);
  EXPECT_EQ(keys, (std::vector<std::string>{"local", "local/baku", "world"}));
}

TEST(the_items_of_a_file, are_changed_by_a_later_line_with_the_same_id) {
  const std::string twice = std::string{three_items} +
                            R"({"id":"a","title":"Metro opens late","url":"https://x.example/a",)"
                            R"("topics":["world"],"language":"en",)"
                            R"("published_at":"2026-11-24T03:00:00Z"})";
  const auto file = read_items(twice, {{}, *parse_instant("2026-11-24T04:00:00Z"), {}});
  ASSERT_EQ(file.items.size(), 3U);
  EXPECT_EQ(file.items.back().title, "Metro opens late");
}

TEST(pretty_json, keeps_the_order_and_every_value) {
  EXPECT_EQ(pretty_json(R"({"b":[1,{}],"a":{"c":"ı\n"},"d":null})"),
            "{\n  \"b\": [\n    1,\n    {}\n  ],\n  \"a\": {\n    \"c\": \"ı\\n\"\n  },\n"
            "  \"d\": null\n}");
  EXPECT_EQ(pretty_json("{"), "{");
}

TEST(digest_preview, prints_what_is_chosen_what_is_not_and_why_and_the_payload) {
  const newsroom_folder folder;
  const auto run = preview(folder, {"--at", "2026-11-24T04:00:00Z", "--locale", "az"});
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.err, "");
  EXPECT_TRUE(has(run.out,
                  "anewz, a digest at 2026-11-24T04:00:00Z (2026-11-24 04:00 in UTC)\n"
                  "for a reader of every topic of the file, in az\n"))
      << run.out;
  EXPECT_TRUE(has(run.out, "refused, line 2: "));
  EXPECT_TRUE(has(run.out, " 1.   126.680  a  Metro opens\n")) << run.out;
  EXPECT_TRUE(has(run.out, " 2. "));
  EXPECT_TRUE(has(run.out, "  old "));
  EXPECT_TRUE(has(run.out, R"(    "alert": {
      "title": "Metro opens",
      "body": "Grain deal")"))
      << run.out;
  EXPECT_FALSE(has(run.out, "FCM"));
}

TEST(digest_preview, follows_a_topic_with_all_below_it) {
  const newsroom_folder folder;
  const auto run = preview(folder, {"--at", "2026-11-24T04:00:00Z", "--topics", "local"});
  EXPECT_TRUE(has(run.out, "\"body\": \"Today.\"")) << run.out;
  EXPECT_TRUE(has(run.out, "not-followed"));
}

TEST(digest_preview, says_at_which_instant_there_would_be_something) {
  const newsroom_folder folder;
  const auto run = preview(folder, {"--at", "2026-12-24T04:00:00Z"});
  EXPECT_EQ(run.status, 0);
  EXPECT_TRUE(has(run.out, "No digest: empty\n")) << run.out;
  EXPECT_TRUE(has(run.out, "add --at 2026-11-24T03:01:00Z\n")) << run.out;
}

TEST(digest_preview, refuses_what_it_cannot_render) {
  const newsroom_folder folder;
  const auto topic = preview(folder, {"--topics", "sport"});
  EXPECT_EQ(topic.status, 64);
  EXPECT_EQ(topic.err,
            "paperboy digest preview: --topics: \"sport\" is not a topic of the items in the file; "
            "see paperboy digest preview --help\n");
  EXPECT_EQ(preview(folder, {"--at", "yesterday"}).status, 64);
  EXPECT_EQ(preview(folder, {"--locale", "x_y"}).status, 64);
  EXPECT_EQ(preview(folder, {"--app", "other"}).status, 64);
  EXPECT_EQ(preview(folder, {"--max-items", "21"}).status, 64);
  const auto none = run_program({"digest", "preview", "--config", "x", "--items", "/nowhere"});
  EXPECT_EQ(none.status, 66);
  EXPECT_EQ(none.err,
            "paperboy digest preview: cannot read \"/nowhere\", a file of at most 32 MiB\n");
}

TEST(the_demo, ends_with_66_without_its_items_and_leaves_nothing_behind) {
  const auto run = run_program({"demo", "--items", "/nowhere"});
  EXPECT_EQ(run.status, 66);
  EXPECT_EQ(run.out, "");
  EXPECT_EQ(run.err, "paperboy demo: cannot read \"/nowhere\", a file of at most 32 MiB\n");
}

TEST(the_demo, keeps_its_hands_off_a_folder_with_something_in_it) {
  const newsroom_folder folder;
  const auto run = run_program({"demo", "--keep", folder.path().native()});
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(run.err, "paperboy demo: --keep " + folder.path().native() +
                         " is not a new or empty folder of yours\n");
}

}  // namespace
}  // namespace paperboy::command_line
