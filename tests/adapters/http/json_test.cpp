#include "adapters/http/json.hpp"

#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "adapters/http/object_reader.hpp"

namespace paperboy::http {
namespace {

using namespace std::string_literals;

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(http_json, refuses_what_is_not_JSON_and_says_at_which_byte) {
  const struct {
    std::string what;
    std::string text;
    unsigned status;
    std::string slug;
    std::string detail_or_pointer;
  } table[] = {
      {"nothing", "", 400, "empty-body", ""},
      {"blanks", " \r\n\t ", 400, "empty-body", ""},
      {"open object", "{", 400, "invalid-json", "at byte 1."},
      {"open string", "{\"a", 400, "invalid-json", "at byte 3."},
      {"trailing comma", "{\"a\":1,}", 400, "invalid-json", "at byte 7."},
      {"comment", "{/**/}", 400, "invalid-json", "at byte 1."},
      {"single quotes", "{'a':1}", 400, "invalid-json", "at byte 1."},
      {"byte order mark", "\xef\xbb\xbf{}", 400, "invalid-json", "at byte 0."},
      {"two documents", "{}{}", 400, "invalid-json", "at byte 2."},
      {"two documents on two lines", "{}\n{}", 400, "invalid-json", "at byte 3."},
      {"NaN", "[NaN]", 400, "invalid-json", "at byte 1."},
      {"Infinity", "[Infinity]", 400, "invalid-json", "at byte 1."},
      {"leading zero", "[01]", 400, "invalid-json", "at byte 2."},
      {"plus", "[+1]", 400, "invalid-json", "at byte 1."},
      {"raw control character", "[\"a\nb\"]", 400, "invalid-json", "at byte 3."},
      {"raw NUL", "[\0]"s, 400, "invalid-json", "at byte 1."},
      {"byte FF", "[\"\xff\"]", 400, "invalid-utf8", "at byte 2."},
      {"overlong slash", "[\"\xc0\xaf\"]", 400, "invalid-utf8", "at byte 2."},
      {"overlong in three bytes", "[\"\xe0\x80\xaf\"]", 400, "invalid-utf8", "at byte 2."},
      {"surrogate in UTF-8", "[\"\xed\xa0\x80\"]", 400, "invalid-utf8", "at byte 2."},
      {"above U+10FFFF", "[\"\xf4\x90\x80\x80\"]", 400, "invalid-utf8", "at byte 2."},
      {"cut code point", "[\"12345678\xe2\x82", 400, "invalid-utf8", "at byte 10."},
      {"lone leading surrogate", R"(["\ud800"])", 400, "invalid-utf8", "at byte"},
      {"leading surrogate, then text", R"(["\ud800abc"])", 400, "invalid-utf8", "at byte"},
      {"leading surrogate, then an escape", R"(["\uDBFF\n"])", 400, "invalid-utf8", "at byte"},
      {"escaped backslash, then an open string", R"(["\\ud800)", 400, "invalid-json", "at byte"},
      {"lone trailing surrogate", R"(["\udc00"])", 400, "invalid-utf8", "at byte"},
      {"nine deep", nested(9), 400, "too-deep", "at byte 8."},
      {"a hundred thousand deep", std::string(100'000, '['), 400, "too-deep", "at byte 8."},
      {"objects nine deep", R"({"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{}}}}}}}}})", 400,
       "too-deep", "at byte"},
      {"key twice", R"({"a":1,"b":2,"a":3})", 422, "duplicate-key", "/a"},
      {"key twice, one escaped", R"({"a":1,"\u0061":2})", 422, "duplicate-key", "/a"},
      {"key twice, deep", R"({"x":[{},{"a/b":1,"a/b":1}]})", 422, "duplicate-key", "/x/1/a~1b"},
      {"escaped NUL", R"({"a":["","\u0000"]})", 422, "null-character", "/a/1"},
      {"escaped NUL in a key", R"({"a\u0000":1})", 422, "null-character", ""},
      {"1e400", R"({"n":1e400})", 422, "out-of-range", "/n"},
      {"-1e400", R"([1,-1e400])", 422, "out-of-range", "/1"},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(row.what);
    json_document document;
    const auto p = document.read(row.text);
    ASSERT_TRUE(p);
    EXPECT_EQ(p->status, row.status);
    EXPECT_EQ(p->slug, row.slug);
    if (row.status == 422) {
      ASSERT_EQ(p->errors.size(), 1U);
      EXPECT_EQ(p->errors[0].code, row.slug);
      if (!row.detail_or_pointer.empty()) {
        EXPECT_EQ(p->errors[0].pointer, row.detail_or_pointer);
      }
    } else {
      EXPECT_NE(p->detail.find(row.detail_or_pointer), std::string::npos) << p->detail;
    }
    EXPECT_LE(to_answer(*p).body().size(), problem_size_limit);
  }
}

TEST(http_json, reads_what_is_JSON) {
  for (const std::string& text :
       std::vector<std::string>{"{}", " {\"a\" : [1, 2.5, \"x\", null, true] }\r\n", nested(8),
                                "null", "-1", R"(["\ud83d\ude00","é","\\"])",
                                "[\"\xf0\x9f\x98\x80\"]", "[" + std::string(50'000, ' ') + "]"}) {
    json_document document;
    EXPECT_FALSE(document.read(text)) << text.substr(0, 40);
  }
}

TEST(http_json, reads_one_text_after_another) {
  json_document document;
  ASSERT_FALSE(document.read(R"({"a":"first"})"));
  ASSERT_TRUE(document.read("{"));
  ASSERT_FALSE(document.read(R"({"a":"second"})"));
  EXPECT_EQ(document.root().at("a").as_string(), "second");
}

// What the reader says of one member under each wish.
std::vector<field_error> errors_of(const std::string& text,
                                   const std::function<void(object_reader&)>& read) {
  json_document document;
  EXPECT_FALSE(document.read(text)) << text;
  std::vector<field_error> errors;
  object_reader reader(document.root(), errors);
  read(reader);
  reader.unknown_fields();
  return errors;
}

TEST(http_json, an_integer_is_an_integer_within_its_range) {
  const auto priority = [](object_reader& r) { r.optional_int("n", 0, 100); };
  for (const auto* good : {R"({"n":0})", R"({"n":100})", "{}"}) {
    EXPECT_TRUE(errors_of(good, priority).empty()) << good;
  }
  for (const auto* bad : {R"({"n":-1})", R"({"n":101})", R"({"n":1.0})", R"({"n":-0})",
                          R"({"n":9223372036854775808})", R"({"n":1e2})", R"({"n":-0.0})"}) {
    const auto errors = errors_of(bad, priority);
    ASSERT_EQ(errors.size(), 1U) << bad;
    EXPECT_EQ(errors[0].code, "out-of-range") << bad;
    EXPECT_EQ(errors[0].pointer, "/n");
  }
  EXPECT_EQ(errors_of(R"({"n":"1"})", priority).at(0).code, "wrong-type");
  EXPECT_EQ(errors_of(R"({"n":null})", priority).at(0).code, "wrong-type");
}

TEST(http_json, names_every_error_with_its_pointer) {
  const auto errors = errors_of(
      R"({"title":7,"tags":["a",1],"inner":{"deep":"x","odd":1},"__proto__":{},"constructor":1})",
      [](object_reader& r) {
        r.required_string("title");
        r.required_string("url");
        r.required_strings("tags", 3);
        if (auto inner = r.required_object("inner")) {
          inner->required_bool("deep");
          inner->unknown_fields();
        }
      });
  std::vector<std::string> said;
  for (const auto& e : errors) said.push_back(e.pointer + " " + e.code);
  EXPECT_EQ(said,
            (std::vector<std::string>{"/title wrong-type", "/url required", "/tags/1 wrong-type",
                                      "/inner/deep wrong-type", "/inner/odd unknown-field",
                                      "/__proto__ unknown-field", "/constructor unknown-field"}));
}

TEST(http_json, a_body_that_is_no_object_is_one_error) {
  for (const auto* text : {"[]", "1", "null", "\"{}\""}) {
    const auto errors = errors_of(text, [](object_reader& r) {
      r.required_string("title");
      r.optional_object("inner");
    });
    ASSERT_EQ(errors.size(), 1U) << text;
    EXPECT_EQ(errors[0].code, "wrong-type");
    EXPECT_EQ(errors[0].pointer, "");
  }
}

TEST(http_json, an_object_of_data_is_visited_whole) {
  std::string seen;
  const auto errors = errors_of(
      R"({"topics":{"politics":"both","culture":null,"sport":3}})", [&](object_reader& r) {
        auto topics = r.required_object("topics");
        topics->each_string([&seen](std::string_view key, std::optional<std::string_view> value) {
          seen.append(key).append("=").append(value.value_or("-")).append(" ");
        });
        topics->unknown_fields();
      });
  EXPECT_EQ(seen, "politics=both culture=- ");
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].pointer, "/topics/sport");
}

TEST(http_json, one_code_for_all_errors_is_the_problem_s_type) {
  EXPECT_EQ(invalid_body({{"/a", "unknown-field", ""}, {"/b", "unknown-field", ""}}).slug,
            "unknown-field");
  EXPECT_EQ(invalid_body({{"/a", "unknown-field", ""}, {"/b", "required", ""}}).slug,
            "validation-failed");
}

TEST(http_json, a_problem_never_exceeds_its_size_and_says_what_it_left_out) {
  std::vector<field_error> errors;
  for (int i = 0; i < 5000; ++i) {
    errors.push_back({"/" + std::string(400, 'p'), "unknown-field", std::string(400, '"')});
  }
  const answer a = to_answer(invalid_body(errors));
  EXPECT_LE(a.body().size(), problem_size_limit);
  EXPECT_NE(a.body().find("\"more\":"), std::string::npos);
  json_document document;
  EXPECT_FALSE(document.read(a.body()));
}

TEST(http_json, NDJSON_has_lines_and_a_limit_of_them) {
  const auto lines = std::get<0>(split_ndjson("{}\r\n\n {\"a\":1}\n"));
  EXPECT_EQ(lines, (std::vector<std::string_view>{"{}\r", " {\"a\":1}"}));
  EXPECT_EQ(std::get<1>(split_ndjson("\n \n")).status, 422U);
  EXPECT_EQ(std::get<0>(split_ndjson("1\n2\n3", 3)).size(), 3U);
  EXPECT_EQ(std::get<1>(split_ndjson("1\n2\n3\n4", 3)).status, 413U);
}

}  // namespace
}  // namespace paperboy::http
