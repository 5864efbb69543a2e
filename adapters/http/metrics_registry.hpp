#pragma once

#include <memory>
#include <string>

#include "core/ports/metrics.hpp"

namespace paperboy::http {

// The process's metrics, rendered for Prometheus.
class metrics_registry final : public metrics {
 public:
  metrics_registry();
  ~metrics_registry() override;
  metrics_registry(const metrics_registry&) = delete;
  metrics_registry& operator=(const metrics_registry&) = delete;

  paperboy::counter& counter(std::string_view name, std::string_view help,
                             const metric_labels& labels) override;
  paperboy::gauge& gauge(std::string_view name, std::string_view help,
                         const metric_labels& labels) override;
  paperboy::histogram& histogram(std::string_view name, std::string_view help,
                                 const std::vector<double>& bounds,
                                 const metric_labels& labels) override;

  // Prometheus' text format, version 0.0.4.
  std::string text() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace paperboy::http
