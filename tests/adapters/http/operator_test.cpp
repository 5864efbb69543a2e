#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <set>
#include <string>

#include "adapters/http/operator_handlers.hpp"
#include "tests/adapters/http/running_server.hpp"

namespace paperboy::http::testing {
namespace {

namespace json = boost::json;

std::string lower_case(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) c = static_cast<char>(c | 0x20);
  return lowered;
}

std::string documented_path(const route& r) {
  std::string path(r.path);
  if (const auto dots = path.find("...}"); dots != std::string::npos) path.erase(dots, 3);
  return path;
}

std::set<std::string> documented_security(const route& r) {
  switch (r.role) {
    case role::nobody:
      return {};
    case role::client_key:
      return {"clientKey"};
    case role::client_key_or_device:
      return {"clientKey", "deviceCredential"};
    case role::device:
      return {"deviceCredential"};
    case role::api_key:
      return {"apiKey " + std::string(to_text(r.scope))};
    case role::operator_token:
      return {"", "operatorToken"};
  }
  return {};
}

std::set<std::string> documented_content(const route& r) {
  switch (r.content) {
    case content::none:
      return {};
    case content::json:
      return {"application/json"};
    case content::merge_patch:
      return {"application/json", "application/merge-patch+json"};
    case content::ndjson:
      return {"application/x-ndjson"};
  }
  return {};
}

std::set<std::string> security_of(const json::object& operation) {
  std::set<std::string> names;
  for (const auto& requirement : operation.at("security").as_array()) {
    std::string name;
    for (const auto& [scheme, scopes] : requirement.as_object()) {
      name = std::string(scheme);
      for (const auto& s : scopes.as_array()) name.append(" ").append(s.as_string().c_str());
    }
    names.insert(name);
  }
  return names;
}

std::set<std::string> content_of(const json::object& operation) {
  std::set<std::string> types;
  if (const auto* body = operation.if_contains("requestBody")) {
    for (const auto& type : body->at("content").as_object()) types.insert(std::string(type.key()));
  }
  return types;
}

TEST(http_openapi, says_of_every_route_what_the_table_says) {
  const json::value document = json::parse(openapi_text());
  const auto& paths = document.at("paths").as_object();
  std::size_t operations = 0;
  for (const auto& path : paths) operations += path.value().as_object().size();
  EXPECT_EQ(operations, all_routes().size());
  for (const route& r : all_routes()) {
    SCOPED_TRACE(r.name);
    const auto* path = paths.if_contains(documented_path(r));
    ASSERT_NE(path, nullptr);
    const auto* found = path->as_object().if_contains(lower_case(to_text(r.method)));
    ASSERT_NE(found, nullptr);
    const auto& operation = found->as_object();
    EXPECT_EQ(operation.at("operationId").as_string(), std::string(r.name));
    EXPECT_EQ(operation.at("summary").as_string(), std::string(r.summary));
    EXPECT_EQ(security_of(operation), documented_security(r));
    EXPECT_EQ(content_of(operation), documented_content(r));
    const auto* limit = operation.if_contains("x-body-limit");
    EXPECT_EQ(limit == nullptr ? 0 : limit->as_int64(), static_cast<std::int64_t>(r.body_limit));
  }
}

// Every "$ref" of the document.
void collect_references(const json::value& v, std::set<std::string>& references) {
  if (const auto* array = v.if_array()) {
    for (const auto& element : *array) collect_references(element, references);
  } else if (const auto* object = v.if_object()) {
    for (const auto& member : *object) {
      if (member.key() == "$ref") references.emplace(member.value().as_string().c_str());
      collect_references(member.value(), references);
    }
  }
}

TEST(http_openapi, refers_only_to_what_is_there) {
  const json::value document = json::parse(openapi_text());
  std::set<std::string> references;
  collect_references(document, references);
  EXPECT_GT(references.size(), 30U);
  for (const auto& reference : references) {
    ASSERT_TRUE(reference.starts_with("#/")) << reference;
    boost::system::error_code missing;
    EXPECT_NE(document.find_pointer(reference.substr(1), missing), nullptr) << reference;
  }
  EXPECT_EQ(document.at("openapi").as_string(), "3.1.0");
}

TEST(http_openapi, names_the_parameters_of_every_path) {
  const json::value document = json::parse(openapi_text());
  for (const auto& path : document.at("paths").as_object()) {
    for (const auto& operation : path.value().as_object()) {
      std::set<std::string> named;
      if (const auto* parameters = operation.value().as_object().if_contains("parameters")) {
        for (const auto& p : parameters->as_array()) {
          const auto reference = p.at("$ref").as_string();
          const auto& parameter = document.at_pointer(std::string(reference.c_str() + 1));
          if (parameter.at("in").as_string() == "path") {
            named.emplace(parameter.at("name").as_string().c_str());
          }
        }
      }
      std::set<std::string> in_path;
      for (const auto segment : split_path({path.key().data(), path.key().size()})) {
        if (segment.starts_with('{')) in_path.emplace(segment.substr(1, segment.size() - 2));
      }
      EXPECT_EQ(named, in_path) << path.key();
    }
  }
}

struct operator_server {
  explicit operator_server(bool asks_token = false) {
    server_options options;
    options.served = audience::operators;
    options.asks_operator_token = asks_token;
    handlers bound;
    bind_openapi(bound);
    bind_operator_handlers(bound, numbers,
                           [this]() -> task<std::optional<std::string>> { co_return reason; });
    for (const auto* name : {"get_openapi", "get_health", "get_readiness", "get_metrics"}) {
      options.handlers[name] = *bound.find(name);
    }
    server = std::make_unique<running_server>(std::move(options));
  }
  raw_answer get(std::string_view target, std::string_view credential = {}) {
    return *ask(*server, request_text("GET", target, credential));
  }

  metrics_registry numbers;
  std::optional<std::string> reason;
  std::unique_ptr<running_server> server;
};

TEST(http_operator, is_healthy_and_says_why_it_is_not_ready) {
  operator_server s;
  EXPECT_EQ(s.get("/healthz").status, 200U);
  EXPECT_EQ(s.get("/readyz").status, 200U);
  s.server->on_loop([&s](listener&) { s.reason = "Redis does not answer."; });
  const auto a = s.get("/readyz");
  EXPECT_EQ(a.status, 503U);
  EXPECT_NE(a.body.find("Redis does not answer."), std::string::npos);
  EXPECT_EQ(s.get("/healthz").status, 200U);
  EXPECT_EQ(s.get("/openapi.json").body, openapi_text());
}

TEST(http_operator, shows_metrics_as_Prometheus_text) {
  operator_server s;
  auto& sent = s.numbers.counter("paperboy_test_total", "Counts.", {{"kind", "a"}});
  sent.add();
  s.numbers.counter("paperboy_test_total", "Counts.", {{"kind", "a"}}).add(2);
  s.numbers.gauge("paperboy_test_size", "A size.", {}).set(7);
  s.numbers.histogram("paperboy_test_seconds", "A time.", {0.1, 1}, {}).observe(0.5);
  const auto a = s.get("/metrics");
  EXPECT_EQ(a.field("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(a.body.find("paperboy_test_total{kind=\"a\"} 3"), std::string::npos) << a.body;
  EXPECT_NE(a.body.find("paperboy_test_size 7"), std::string::npos);
  EXPECT_NE(a.body.find("paperboy_test_seconds_bucket{le=\"1\"} 1"), std::string::npos);
}

TEST(http_operator, asks_for_its_token_where_there_is_one) {
  operator_server s(true);
  EXPECT_EQ(s.get("/metrics").status, 401U);
  EXPECT_EQ(s.get("/metrics", operator_token).status, 200U);
  EXPECT_EQ(s.get("/metrics", client_key).status, 403U);
  EXPECT_EQ(s.get("/healthz").status, 200U);
}

TEST(http_operator, counts_requests_by_route_and_status) {
  running_server server;
  ask(server, request_text("GET", "/openapi.json"));
  ask(server, request_text("GET", "/v1/devices/self"));
  ask(server, request_text("GET", "/a/path/of/a/client"));
  ask(server, "GARBAGE\r\n\r\n");
  const std::string text = server.numbers().text();
  const auto has = [&text](const std::string& labels) {
    return text.find("paperboy_http_requests_total{" + labels + "} 1") != std::string::npos;
  };
  EXPECT_TRUE(
      has("listener=\"public\",method=\"GET\",path=\"/openapi.json\",route=\"get_openapi\","
          "status=\"200\""))
      << text;
  EXPECT_TRUE(
      has("listener=\"public\",method=\"GET\",path=\"/v1/devices/self\","
          "route=\"get_device\",status=\"401\""));
  EXPECT_TRUE(
      has("listener=\"public\",method=\"none\",path=\"none\",route=\"none\",status=\"404\""));
  EXPECT_TRUE(
      has("listener=\"public\",method=\"none\",path=\"none\",route=\"none\",status=\"400\""));
  EXPECT_EQ(text.find("client"), std::string::npos);
}

}  // namespace
}  // namespace paperboy::http::testing
