// What one reader, one edition and one run cost before anything is sent: 500 candidates on 50
// topics, readers of five topics.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <random>

#include "adapters/net/seal.hpp"
#include "core/domain/choice.hpp"
#include "core/domain/rendering.hpp"
#include "core/flows/digest_source.hpp"

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

// A digest of 200,000 readers with a thousand wishes, as the sender asks for each: the first of a wish
// has its edition chosen and rendered, the others share it.
void judge_where_editions_repeat(benchmark::State& state) {
  constexpr std::size_t readers = 200'000;
  const morning m;
  const templates words = templates::built_in();
  const net::hmac_seal seal("0123456789abcdef0123456789abcdef");
  app_context app;
  app.id = "anewz";
  const delivery_settings delivery;
  std::vector<std::string> wishes;
  for (std::size_t i = 0; i < m.readers.size(); ++i) wishes.push_back("wish " + std::to_string(i));
  const auto read_wish = [&](std::string_view wish) {
    wish_values values;
    for (const auto topic : m.readers[std::stoul(std::string(wish.substr(5)))]) {
      choose_frequency(values.topics, topic, frequency::digest);
    }
    values.locale = "en-GB";
    return values;
  };
  const part_of_run part{"digest-anewz", "anewz:Asia/Baku:480", {20'000}, slot, slot + delivery.deadline};
  const reader who{.mark = {19'999}, .days = weekdays::all()};
  for (auto _ : state) {
    digest_source source({app, delivery, words, seal, read_wish}, slot, m.items,
                         std::make_shared<const catalogue>(m.topics));
    for (std::size_t i = 0; i < readers; ++i) {
      benchmark::DoNotOptimize(source.judge(part, who, wishes[i % wishes.size()], slot));
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(readers));
  state.counters["us a reader"] = benchmark::Counter(
      static_cast<double>(readers) / 1e6,
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(judge_where_editions_repeat);

// The usual table, and the same as JSON.
class both final : public benchmark::ConsoleReporter {
 public:
  both() : ConsoleReporter(OO_None) {}
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& r : runs) {
      const auto reader = r.counters.find("us a reader");
      std::printf(R"({"bench":"digest_stages","stage":"%s","us":%.4f)", r.benchmark_name().c_str(),
                  reader != r.counters.end() ? reader->second.value
                                             : r.GetAdjustedCPUTime() / 1000);
      std::printf(reader != r.counters.end() ? ",\"target_us\":0.5}\n" : "}\n");
      std::fflush(stdout);
    }
  }
};

}  // namespace
}  // namespace paperboy

int main(int count, char** words) {
  benchmark::Initialize(&count, words);
  paperboy::both reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
}
