#include <benchmark/benchmark.h>

#include <random>

#include "core/domain/choice.hpp"
#include "core/domain/rendering.hpp"

// What one reader, one edition and one run cost before anything is sent: 500 candidates on 50
// topics, readers of five topics.

namespace paperboy {
namespace {

constexpr instant slot = std::chrono::sys_days{std::chrono::days{20'000}} + std::chrono::hours{4};

struct morning {
  std::mt19937 random{1};
  std::vector<item> items{500};
  catalogue topics;
  std::vector<std::vector<topic_number>> readers{1000};

  morning() {
    std::vector<topic> named(50);
    for (std::size_t i = 0; i < named.size(); ++i) {
      named[i].key = "t" + std::to_string(i);
      named[i].number = static_cast<topic_number>(i);
    }
    topics = catalogue{named};
    for (std::size_t i = 0; i < items.size(); ++i) fill(items[i], i);
    for (auto& r : readers) {
      while (r.size() < 5) r.push_back(static_cast<topic_number>(random() % 50));
    }
  }

  void fill(item& i, std::size_t number) {
    i.id = "item-" + std::to_string(number);
    i.title = "India blocks Azerbaijan from full SCO membership";
    i.teaser = "AnewZ has learned that India has once again blocked the application.";
    i.url = "https://anewz.tv/region/" + std::to_string(number);
    i.topics = {"t" + std::to_string(random() % 50), "t" + std::to_string(random() % 50)};
    i.language = "en";
    i.priority = static_cast<int>(random() % 101);
    i.arrived_at = slot - std::chrono::minutes{1 + random() % 2100};
    if (random() % 3 == 0) i.story = "s" + std::to_string(random() % 100);
  }
};

void index_a_run(benchmark::State& state) {
  const morning m;
  for (auto _ : state) benchmark::DoNotOptimize(candidate_index{m.items, m.topics, slot});
}
BENCHMARK(index_a_run);

void choose_for_a_reader(benchmark::State& state) {
  const morning m;
  const candidate_index candidates{m.items, m.topics, slot};
  choice_scratch scratch;
  std::size_t next = 0;
  for (auto _ : state) {
    wish w;
    w.topics = m.readers[next++ % m.readers.size()];
    benchmark::DoNotOptimize(choose(candidates, w, scratch));
  }
}
BENCHMARK(choose_for_a_reader);

void render_an_edition(benchmark::State& state, const char* locale) {
  const morning m;
  const auto words = templates::built_in();
  const std::vector<const item*> chosen(5, &m.items.front());
  const digest_frame frame{locale, "en", "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789", {20'000}};
  for (auto _ : state) benchmark::DoNotOptimize(render_digest(chosen, frame, words));
}
BENCHMARK_CAPTURE(render_an_edition, en, "en-GB");
BENCHMARK_CAPTURE(render_an_edition, ar, "ar-EG");

}  // namespace
}  // namespace paperboy

BENCHMARK_MAIN();
