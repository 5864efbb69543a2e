#include "adapters/http/routes.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "adapters/http/exchange.hpp"
#include "tests/adapters/http/running_server.hpp"

namespace paperboy::http::testing {
namespace {

// A path that fits the template.
std::string example_path(std::string_view path) {
  std::string example;
  for (const auto segment : split_path(path)) {
    example += '/';
    if (segment == "{app}") {
      example += "anewz";
    } else if (is_open_ended(segment)) {
      example += "local/baku";
    } else if (segment.starts_with('{')) {
      example += "x1";
    } else {
      example += segment;
    }
  }
  return example;
}

std::string request_for(const route& r, std::string_view credential) {
  const std::string_view type = r.content == content::ndjson        ? "application/x-ndjson"
                                : r.content == content::merge_patch ? "application/merge-patch+json"
                                                                    : "application/json";
  return request_text(to_text(r.method), example_path(r.path), credential,
                      r.content == content::none ? "" : "{}", type);
}

unsigned expected_status(const route& r, caller_kind who, bool has_all_scopes) {
  switch (r.role) {
    case role::nobody:
      return 200;
    case role::client_key:
      break;
    case role::client_key_or_device:
      if (who == caller_kind::device) return 200;
      break;
    case role::device:
      if (who == caller_kind::device) return 200;
      return who == caller_kind::nobody ? 401 : 403;
    case role::api_key:
      if (who == caller_kind::nobody) return 401;
      if (who != caller_kind::api_key) return 403;
      return has_all_scopes || r.scope == scope::items ? 200 : 403;
    case role::operator_token:
      if (who == caller_kind::operator_token) return 200;
      return who == caller_kind::nobody ? 401 : 403;
  }
  if (who == caller_kind::client_key) return 200;
  return who == caller_kind::nobody ? 401 : 403;
}

TEST(http_routes, each_route_answers_each_role_as_declared) {
  for (const audience side : {audience::open, audience::operators}) {
    server_options options;
    options.served = side;
    options.asks_operator_token = true;
    running_server server(std::move(options));
    const struct {
      std::string credential;
      caller_kind kind;
      bool all_scopes;
    } callers[] = {
        {"", caller_kind::nobody, false},
        {"unknown-credential-0123", caller_kind::nobody, false},
        {std::string(client_key), caller_kind::client_key, false},
        {device_credential(), caller_kind::device, false},
        {std::string(api_key), caller_kind::api_key, false},
        {std::string(all_scopes_key), caller_kind::api_key, true},
        {std::string(operator_token), caller_kind::operator_token, false},
    };
    for (const route& r : all_routes()) {
      for (const auto& who : callers) {
        SCOPED_TRACE(std::string(r.name) + " as " + who.credential);
        const auto a = ask(server, request_for(r, who.credential));
        ASSERT_TRUE(a);
        const bool served = r.listener == side || r.listener == audience::both;
        const unsigned wanted = served ? expected_status(r, who.kind, who.all_scopes) : 404;
        EXPECT_EQ(a->status, wanted);
        EXPECT_EQ(a->field("www-authenticate"), wanted == 401 ? "Bearer" : "");
        if (wanted == 200) {
          EXPECT_NE(a->body.find('"' + std::string(r.name) + '"'), std::string::npos);
        }
      }
    }
  }
}

TEST(http_routes, an_API_key_is_for_its_apps_only) {
  running_server server;
  const auto a = ask(server, request_text("GET", "/v1/apps/other/items/x", all_scopes_key));
  EXPECT_EQ(a->status, 403U);
}

TEST(http_routes, names_and_pairs_of_method_and_path_are_unique) {
  std::set<std::string> names;
  std::set<std::string> pairs;
  for (const route& r : all_routes()) {
    EXPECT_TRUE(names.insert(std::string(r.name)).second) << r.name;
    EXPECT_TRUE(pairs.insert(std::string(to_text(r.method)) + ' ' + std::string(r.path)).second);
    EXPECT_FALSE(r.summary.empty()) << r.name;
    EXPECT_EQ(r.content == content::none, r.body_limit == 0) << r.name;
    EXPECT_EQ(r.role == role::api_key, r.scope != scope::none) << r.name;
    if (r.method == method::get || r.method == method::remove) {
      EXPECT_EQ(r.content, content::none) << r.name;
    } else if (r.method != method::post) {  // a POST may say all in its path
      EXPECT_NE(r.content, content::none) << r.name;
    }
  }
}

TEST(http_routes, a_route_without_a_handler_does_not_start) {
  handlers none;
  EXPECT_EQ(none.missing(audience::operators).size(), 4U);
  metrics_registry numbers;
  minute_limit limit("x", 1);
  authentication credentials({}, limit);
  const service s{.served = audience::operators,
                  .bound = none,
                  .credentials = credentials,
                  .registrations = limit,
                  .numbers = numbers};
  EXPECT_THROW(dispatcher{s}, std::logic_error);
  EXPECT_THROW(none.bind("no_such_route", {}), std::invalid_argument);
}

TEST(http_routes, unknown_paths_are_404_before_a_credential_is_read) {
  running_server server;
  for (const auto* path :
       {"/", "/v1", "/v1/devices/", "/v1/devices/other", "/v2/devices", "/v1/apps/anewz",
        "/V1/devices", "/v1//devices", "/v1/apps//items/x", "/v1/apps/anewz/items/",
        "/v1/preferences/topics/", "/console", "/metrics", "/healthz"}) {
    const auto a = ask(server, request_text("GET", path, "unknown-credential-0123"));
    ASSERT_TRUE(a);
    EXPECT_EQ(a->status, 404U) << path;
    EXPECT_EQ(a->slug(), "not-found");
  }
}

TEST(http_routes, known_paths_say_which_methods_they_allow) {
  running_server server;
  const struct {
    std::string method, path, allow;
    unsigned status;
  } table[] = {
      {"GET", "/v1/devices", "POST, OPTIONS", 405},
      {"TRACE", "/v1/devices", "POST, OPTIONS", 405},
      {"DELETE", "/v1/preferences", "GET, HEAD, PATCH, PUT, OPTIONS", 405},
      {"POST", "/v1/preferences/topics/a/b", "PUT, DELETE, OPTIONS", 405},
      {"POST", "/openapi.json", "GET, HEAD, OPTIONS", 405},
      {"OPTIONS", "/v1/devices", "POST, OPTIONS", 204},
      {"OPTIONS", "*", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS", 204},
      {"TRACE", "/", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS", 405},
      {"CONNECT", "example.com:443", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS", 405},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(row.method + " " + row.path);
    const auto a = ask(server, request_text(row.method, row.path));
    ASSERT_TRUE(a);
    EXPECT_EQ(a->status, row.status);
    EXPECT_EQ(a->field("allow"), row.allow);
  }
}

TEST(http_routes, HEAD_is_GET_without_the_body) {
  running_server server;
  raw_client client(server.port());
  client.send(request_text("HEAD", "/openapi.json") + request_text("HEAD", "/nowhere") +
              request_text("GET", "/openapi.json"));
  const auto head = client.receive(true);
  EXPECT_EQ(head->status, 200U);
  EXPECT_EQ(client.receive(true)->status, 404U);
  const auto get = client.receive();
  EXPECT_EQ(head->field("content-length"), get->field("content-length"));
}

TEST(http_routes, slashes_of_a_topic_stand_raw_or_escaped) {
  std::vector<std::string> topics;
  server_options options;
  options.handlers["put_topic_choice"] = [&topics](context&, const request& r) -> task<answer> {
    topics.emplace_back(r.parameter("topic"));
    co_return answer::json(200, "{}");
  };
  options.handlers["put_topic"] = [&topics](context&, const request& r) -> task<answer> {
    topics.push_back(std::string(r.parameter("app")) + ' ' + std::string(r.parameter("topic")));
    co_return answer::json(200, "{}");
  };
  running_server server(std::move(options));
  for (const auto* path :
       {"/v1/preferences/topics/local/baku", "/v1/preferences/topics/local%2Fbaku",
        "/v1/preferences/topics/a%2fb/c", "/v1/preferences/topics/a%20b"}) {
    EXPECT_EQ(ask(server, request_text("PUT", path, device_credential(), "{}"))->status, 200U);
  }
  ask(server, request_text("PUT", "/v1/apps/anewz/topics/x/y/z", all_scopes_key, "{}"));
  EXPECT_EQ(topics,
            (std::vector<std::string>{"local/baku", "local/baku", "a/b/c", "a b", "anewz x/y/z"}));
}

TEST(http_routes, targets_that_are_no_plain_path_are_refused) {
  running_server server;
  const struct {
    std::string target;
    unsigned status;
  } table[] = {
      {"//evil.com/x", 400},
      {"http://other/openapi.json", 421},
      {"http://localhost/openapi.json", 200},
      {"HTTPS://LOCALHOST/openapi.json", 200},
      {"http://localhost", 400},
      {"ftp://localhost/", 400},
      {"openapi.json", 400},
      {"*", 400},
      {"/openapi.json?x=%zz", 400},
      {"/openapi.json?x=%2", 400},
      {"/openapi.json?x=%", 400},
      {"/%zz", 400},
      {"/%00", 400},
      {"/a%0d%0aX-Injected:%20yes", 400},
      {"/%ff", 400},
      {"/%c0%af", 400},
      {"/v1/../openapi.json", 400},
      {"/v1/%2e%2e/openapi.json", 400},
      {"/./openapi.json", 400},
      {"/openapi.json?a=1&a=2", 400},
      {"/openapi.json?", 200},
      {"/openapi.json?x", 200},
      {"/openapi.json?a=b=c&&d=%20", 200},
      {"/openapi.json?access_token=x", 400},
      {"/openapi.json?TOKEN=x", 400},
      {"/openapi.json?x=pd_abc", 400},
      {"/openapi.json?x=%70d_abc", 400},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(row.target);
    const auto a = ask(server, request_text("GET", row.target));
    ASSERT_TRUE(a);
    EXPECT_EQ(a->status, row.status);
    EXPECT_EQ(a->field("x-injected"), "");
  }
}

TEST(http_routes, content_is_JSON_in_UTF_8_and_not_compressed) {
  running_server server;
  const struct {
    std::string fields;
    unsigned status;
  } table[] = {
      {"Content-Type: application/json\r\n", 200},
      {"Content-Type: Application/JSON; charset=UTF-8\r\n", 200},
      {"Content-Type: application/json;charset=\"utf-8\"\r\n", 200},
      {"Content-Type: application/json; charset=utf-16\r\n", 415},
      {"Content-Type: application/json; charset=iso-8859-1; x=1\r\n", 415},
      {"Content-Type: text/xml\r\n", 415},
      {"Content-Type: application/x-ndjson\r\n", 415},
      {"Content-Type: application/merge-patch+json\r\n", 415},
      {"Content-Type:\r\n", 415},
      {"", 415},
      {"Content-Type: application/json\r\nContent-Type: application/json\r\n", 415},
      {"Content-Type: application/json\r\nContent-Encoding: gzip\r\n", 415},
      {"Content-Type: application/json\r\nContent-Encoding: identity\r\n", 200},
      {"Content-Type: application/json\r\nAccept: image/png\r\n", 200},
      {"Content-Type: application/json\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n"
       "HTTP2-Settings: AAMAAABkAAQAAP__\r\n",
       200},
      {"Content-Type: application/json\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n", 200},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(row.fields);
    const auto a = ask(server, "POST /v1/devices HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " +
                                   std::string(client_key) + "\r\nContent-Length: 2\r\n" +
                                   row.fields + "\r\n{}");
    ASSERT_TRUE(a);
    EXPECT_EQ(a->status, row.status);
  }
  for (const auto* type : {"application/json", "application/merge-patch+json"}) {
    EXPECT_EQ(ask(server, request_text("PATCH", "/v1/preferences", device_credential(), "{}", type))
                  ->status,
              200U);
  }
}

TEST(http_routes, every_answer_carries_the_request_s_id_or_a_new_one) {
  running_server server;
  const auto with = [&server](const std::string& id) {
    return ask(server, "GET /nowhere HTTP/1.1\r\nHost: h\r\nX-Request-Id: " + id + "\r\n\r\n")
        ->field("x-request-id");
  };
  EXPECT_EQ(with("abc-123"), "abc-123");
  EXPECT_EQ(with(std::string(64, 'a')), std::string(64, 'a'));
  EXPECT_EQ(with(std::string(65, 'a')).size(), 32U);
  EXPECT_EQ(with("a b").size(), 32U);
  EXPECT_EQ(with("").size(), 32U);
  EXPECT_NE(with(""), with(""));
}

TEST(http_routes, what_a_handler_throws_is_told_without_its_words) {
  server_options options;
  options.handlers["get_openapi"] = [](context&, const request&) -> task<answer> {
    throw std::runtime_error("secret detail");
    co_return answer();
  };
  options.handlers["get_device"] = [](context&, const request&) -> task<answer> {
    throw boost::system::system_error(make_error_code(errc::unavailable));
    co_return answer();
  };
  running_server server(std::move(options));
  raw_client client(server.port());
  client.send(request_text("GET", "/openapi.json"));
  const auto bug = client.receive();
  EXPECT_EQ(bug->status, 500U);
  EXPECT_EQ(bug->body.find("secret"), std::string::npos);
  client.send(request_text("GET", "/v1/devices/self", device_credential()));
  const auto away = client.receive();
  EXPECT_EQ(away->status, 503U);
  EXPECT_EQ(away->field("retry-after"), "1");
}

TEST(http_routes, no_answer_can_be_split_by_a_header) {
  answer a(200);
  for (const auto* value : {"a\r\nb", "a\nb", "a\rb", "\x01"}) {
    EXPECT_THROW(a.set("X-A", value), std::invalid_argument);
  }
  EXPECT_THROW(a.set("X-A", std::string("a\0b", 3)), std::invalid_argument);
  EXPECT_THROW(a.set("X A", "b"), std::invalid_argument);
  EXPECT_THROW(a.set("X:A", "b"), std::invalid_argument);
  EXPECT_THROW(a.set("", "b"), std::invalid_argument);
}

TEST(http_routes, every_error_of_the_core_has_an_answer) {
  const std::map<errc, unsigned> wanted{
      {errc::unavailable, 503},     {errc::timed_out, 503},   {errc::refused, 500},
      {errc::not_found, 404},       {errc::conflict, 409},    {errc::invalid, 422},
      {errc::overloaded, 503},      {errc::closed, 503},      {errc::protocol, 500},
      {errc::shard_regressed, 503}, {errc::unauthorized, 401}};
  for (const auto& [code, status] : wanted) {
    const problem p = problem_of(make_error_code(code));
    EXPECT_EQ(p.status, status);
    const answer a = to_answer(p);
    EXPECT_EQ(!a.header("Retry-After").empty(), status == 503);
    EXPECT_EQ(!a.header("WWW-Authenticate").empty(), status == 401);
  }
}

}  // namespace
}  // namespace paperboy::http::testing
