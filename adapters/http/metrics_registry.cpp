#include "adapters/http/metrics_registry.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <deque>
#include <map>
#include <mutex>

namespace paperboy::http {
namespace {

struct kept_counter final : paperboy::counter {
  explicit kept_counter(prometheus::Counter& c) : it(c) {}
  void add(double n) noexcept override { it.Increment(n); }
  prometheus::Counter& it;
};

struct kept_gauge final : paperboy::gauge {
  explicit kept_gauge(prometheus::Gauge& g) : it(g) {}
  void set(double value) noexcept override { it.Set(value); }
  void add(double difference) noexcept override { it.Increment(difference); }
  prometheus::Gauge& it;
};

struct kept_histogram final : paperboy::histogram {
  explicit kept_histogram(prometheus::Histogram& h) : it(h) {}
  void observe(double value) noexcept override { it.Observe(value); }
  prometheus::Histogram& it;
};

// One adapter an instrument, at an address that never changes.
template <class Kept, class Instrument>
Kept& keep(std::map<const void*, Kept>& known, Instrument& instrument) {
  return known.try_emplace(&instrument, instrument).first->second;
}

std::map<std::string, std::string> as_map(const metric_labels& labels) {
  return {labels.begin(), labels.end()};
}

}  // namespace

struct metrics_registry::impl {
  prometheus::Registry registry;
  std::mutex mutex;
  std::map<const void*, kept_counter> counters;
  std::map<const void*, kept_gauge> gauges;
  std::map<const void*, kept_histogram> histograms;
};

metrics_registry::metrics_registry() : impl_(std::make_unique<impl>()) {}
metrics_registry::~metrics_registry() = default;

paperboy::counter& metrics_registry::counter(std::string_view name, std::string_view help,
                                             const metric_labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  auto& family = prometheus::BuildCounter()
                     .Name(std::string(name))
                     .Help(std::string(help))
                     .Register(impl_->registry);
  return keep(impl_->counters, family.Add(as_map(labels)));
}

paperboy::gauge& metrics_registry::gauge(std::string_view name, std::string_view help,
                                         const metric_labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  auto& family = prometheus::BuildGauge()
                     .Name(std::string(name))
                     .Help(std::string(help))
                     .Register(impl_->registry);
  return keep(impl_->gauges, family.Add(as_map(labels)));
}

paperboy::histogram& metrics_registry::histogram(std::string_view name, std::string_view help,
                                                 const std::vector<double>& bounds,
                                                 const metric_labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  auto& family = prometheus::BuildHistogram()
                     .Name(std::string(name))
                     .Help(std::string(help))
                     .Register(impl_->registry);
  return keep(impl_->histograms, family.Add(as_map(labels), bounds));
}

std::string metrics_registry::text() const {
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace paperboy::http
