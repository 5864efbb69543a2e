#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "core/domain/choice.hpp"
#include "core/domain/payload.hpp"
#include "core/domain/rendering.hpp"
#include "core/domain/text_time.hpp"

// Each tests/golden/digest/<fact>.json holds what a newsroom published and whom a digest is for;
// <fact>.txt what the phone shows, or why the items are refused. PAPERBOY_UPDATE_GOLDEN=1 writes
// the second anew; the difference is then for a person to read.

namespace paperboy {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

const fs::path folder = fs::path{PAPERBOY_SOURCE_DIR} / "tests/golden/digest";

std::string contents(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

class object {
 public:
  explicit object(const json::value& v) : object_{v.as_object()} {}

  std::string text(const char* key, std::string_view otherwise = "") const {
    const auto* v = object_.if_contains(key);
    return v == nullptr ? std::string{otherwise} : std::string{v->as_string()};
  }
  int number(const char* key, int otherwise) const {
    const auto* v = object_.if_contains(key);
    return v == nullptr ? otherwise : json::value_to<int>(*v);
  }
  std::vector<std::string> texts(const char* key) const {
    const auto* v = object_.if_contains(key);
    return v == nullptr ? std::vector<std::string>{} : json::value_to<std::vector<std::string>>(*v);
  }
  // "x" times 3 is written {"repeat": "x", "times": 3}, so that long texts stay readable.
  std::string long_text(const char* key) const {
    const auto* v = object_.if_contains(key);
    if (v == nullptr || !v->is_object()) return text(key);
    const object how{*v};
    std::string out = how.text("start");
    for (int i = 0; i < how.number("times", 1); ++i) out += how.text("repeat");
    return out + how.text("end");
  }
  const json::array& list(const char* key) const { return object_.at(key).as_array(); }

 private:
  const json::object& object_;
};

item read_item(const json::value& v) {
  const object o{v};
  item i;
  i.id = o.text("id");
  i.title = o.long_text("title");
  i.teaser = o.long_text("teaser");
  i.url = o.long_text("url");
  i.image_url = o.long_text("image_url");
  i.topics = o.texts("topics");
  i.language = o.text("language", "en");
  i.published_at = parse_instant(o.text("published_at")).value();
  if (const auto expires = o.text("expires_at"); !expires.empty()) {
    i.expires_at = parse_instant(expires).value();
  }
  i.priority = o.number("priority", default_priority);
  i.story = o.text("story");
  i.arrived_at = i.published_at;
  return i;
}

catalogue topics_of(const std::vector<item>& items, const std::vector<std::string>& followed) {
  std::vector<std::string> keys = followed;
  for (const auto& i : items) keys.insert(keys.end(), i.topics.begin(), i.topics.end());
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::vector<topic> topics;
  for (const auto& key : keys) {
    topic t;
    t.key = key;
    t.number = static_cast<topic_number>(topics.size());
    topics.push_back(t);
  }
  return catalogue{topics};
}

std::string with_isolates_shown(std::string text) {
  for (const auto& [hidden, shown] : {std::pair{"\u2068", "<FSI>"}, std::pair{"\u2069", "<PDI>"}}) {
    for (auto at = text.find(hidden); at != std::string::npos; at = text.find(hidden)) {
      text.replace(at, 3, shown);
    }
  }
  return text;
}

std::string told(const notification& n) {
  std::ostringstream out;
  out << "title: " << n.title << "\nbody: " << with_isolates_shown(n.body) << "\nurl: " << n.url
      << "\nimage: " << n.image_url << "\nedition: " << n.edition << "\nscope: " << n.scope
      << "\napns: " << apns_payload_length(n) << " bytes\nfcm: " << fcm_payload_length(n)
      << " bytes\n";
  return out.str();
}

std::string explained(const std::vector<item>& items, const explained_choice& choice) {
  std::ostringstream out;
  for (const auto& e : choice.why) {
    std::array<char, 32> score{};
    std::snprintf(score.data(), score.size(), "%.3f", e.score / 1000.0);
    out << items[e.item].id << ": " << to_text(e.reason) << ", " << score.data() << "\n";
  }
  return out.str();
}

std::string refused(const object& a_case, const std::vector<item>& items, instant now) {
  const auto hosts = a_case.texts("link_hosts");
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (const auto& e : validate(items[i], {hosts, now, {}})) {
      out += std::to_string(i) + e.pointer + ": " + e.code + ": " + e.detail + "\n";
    }
  }
  return out;
}

std::string outcome_of(const json::value& v) {
  const object a_case{v};
  const auto slot = parse_instant(a_case.text("slot")).value();
  std::vector<item> items;
  for (const auto& i : a_case.list("items")) items.push_back(read_item(i));
  if (auto errors = refused(a_case, items, slot); !errors.empty()) return errors;

  const auto followed = a_case.texts("topics");
  const auto catalogue = topics_of(items, followed);
  std::vector<topic_number> numbers;
  for (const auto& key : followed) numbers.push_back(catalogue.find(key)->number);
  wish w;
  w.topics = numbers;
  w.max_items = static_cast<std::uint8_t>(a_case.number("max_items", 5));
  w.min_items = static_cast<std::uint8_t>(a_case.number("min_items", 1));
  const auto choice = explain(candidate_index{items, catalogue, slot}, w);
  if (choice.list.empty()) return "no digest\n\n" + explained(items, choice);

  std::vector<const item*> chosen;
  for (const auto o : choice.list.ordinals()) chosen.push_back(&items[o]);
  const auto locale = a_case.text("locale", "en");
  const auto edition = a_case.text("edition", "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_");
  const digest_frame frame{locale, "en", edition, parse_local_date(a_case.text("date")).value()};
  return told(render_digest(chosen, frame, templates::built_in())) + "\n" +
         explained(items, choice);
}

std::vector<std::string> facts() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator{folder}) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class digest_golden : public testing::TestWithParam<std::string> {};

TEST_P(digest_golden, is_told_as_it_was) {
  const auto told_now = outcome_of(json::parse(contents(folder / (GetParam() + ".json"))));
  const auto file = folder / (GetParam() + ".txt");
  if (std::getenv("PAPERBOY_UPDATE_GOLDEN") != nullptr) {
    std::ofstream{file, std::ios::binary} << told_now;
  }
  EXPECT_EQ(told_now, contents(file));
}

INSTANTIATE_TEST_SUITE_P(files, digest_golden, testing::ValuesIn(facts()),
                         [](const auto& at) { return at.param; });

}  // namespace
}  // namespace paperboy
