#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace paperboy {

// Label names and values. Values come from fixed sets (a route's template, a gateway's reason),
// never from what a client sent: every combination is kept for the life of the process.
using metric_labels = std::vector<std::pair<std::string, std::string>>;

// Only grows.
class counter {
 public:
  virtual void add(double n = 1) noexcept = 0;

 protected:
  ~counter() = default;
};

class gauge {
 public:
  virtual void set(double value) noexcept = 0;
  virtual void add(double difference) noexcept = 0;

 protected:
  ~gauge() = default;
};

class histogram {
 public:
  virtual void observe(double value) noexcept = 0;

 protected:
  ~histogram() = default;
};

// Where the process's numbers are kept for the operator. Names are `paperboy_…` with Prometheus'
// suffixes (`_total`, `_seconds`, `_bytes`). Asking again for the same name and labels gives the
// same instrument; it lives as long as this object. Instruments may be used from every thread;
// asking is slow: do it once, at start.
class metrics {
 public:
  virtual ~metrics() = default;

  virtual paperboy::counter& counter(std::string_view name, std::string_view help,
                                     const metric_labels& labels = {}) = 0;
  virtual paperboy::gauge& gauge(std::string_view name, std::string_view help,
                                 const metric_labels& labels = {}) = 0;
  // `bounds`: ascending upper bounds of the buckets.
  virtual paperboy::histogram& histogram(std::string_view name, std::string_view help,
                                         const std::vector<double>& bounds,
                                         const metric_labels& labels = {}) = 0;
};

}  // namespace paperboy
