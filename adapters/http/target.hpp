#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/head.hpp"

namespace paperboy::http {

// A request target taken apart and percent-decoded. Reused from request to request; the views stay
// valid until the next read().
class target {
 public:
  struct parameter {
    std::string_view name;
    std::string_view value;
  };

  // Origin-form, or absolute-form naming the same host as Host (RFC 9112 section 3.2). An answer is
  // the refusal: a bad escape, a decoded control character or invalid UTF-8, a dot segment, another
  // host, a credential or one name twice in the query. `+` in a query is a plus.
  std::optional<problem> read(const head& h);

  // "/v1/apps/anewz" -> {"v1", "apps", "anewz"}. A trailing slash leaves an empty last segment.
  const std::vector<std::string_view>& segments() const noexcept { return segments_; }
  const std::vector<parameter>& query() const noexcept { return query_; }

 private:
  std::optional<problem> read_path(std::string_view path);
  std::optional<problem> read_query(std::string_view query);
  std::optional<std::string_view> decode(std::string_view text);

  std::string decoded_;
  std::vector<std::string_view> segments_;
  std::vector<parameter> query_;
};

}  // namespace paperboy::http
