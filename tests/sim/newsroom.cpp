#include "tests/sim/newsroom.hpp"

#include "tests/core/fakes/finish.hpp"
#include "tests/sim/crowd.hpp"

namespace paperboy::sim {

using namespace std::chrono_literals;

void found_newsroom(memory_store& store, const std::map<std::string, digest_defaults>& apps,
                    instant start) {
  for (const auto& [app, defaults] : apps) {
    store.news.add(app, {"news", news, {}, {}, false, false});
    store.news.add(app, {"breaking", breaking, {}, {}, false, false});
    store.news.add(app, {"alerts", alerts, {}, frequency::instant, true, false});
    std::vector<item> items;
    for (int n = 0; n < 4; ++n) {
      item i;
      i.id = "item-" + std::to_string(n);
      i.title = "Item " + std::to_string(n);
      i.url = "https://example.org/" + i.id;
      i.topics = {"news"};
      i.language = "en";
      i.published_at = start - 1h + std::chrono::days{n / 2};
      items.push_back(i);
    }
    store.news.now = start;
    (void)testing::finish(store.news.put_items(app, items));
  }
}

}  // namespace paperboy::sim
