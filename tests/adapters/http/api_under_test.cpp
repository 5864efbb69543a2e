#include "tests/adapters/http/api_under_test.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <future>
#include <list>
#include <stdexcept>

#include "adapters/http/operator_handlers.hpp"
#include "core/domain/text_time.hpp"
#include "tests/adapters/http/documented.hpp"

namespace paperboy::http::testing {
namespace {

namespace asio = boost::asio;

const std::vector<scope> every_scope{scope::items, scope::notifications, scope::topics,
                                     scope::subscribers, scope::reports};

topic make_topic(std::string key, std::optional<frequency> usual, bool required = false) {
  topic t;
  t.names = {{"en", "Name of " + key}, {"az", key + " adı"}};
  t.key = std::move(key);
  t.default_frequency = usual;
  t.required = required;
  return t;
}

std::string text_of(const asked& a) {
  std::string text = a.method + ' ' + a.target + " HTTP/1.1\r\nHost: localhost\r\n";
  if (!a.credential.empty()) text += "Authorization: Bearer " + a.credential + "\r\n";
  for (const auto& [name, value] : a.headers) text += name + ": " + value + "\r\n";
  const bool has_body = a.method == "POST" || a.method == "PUT" || a.method == "PATCH";
  if (has_body) {
    text += "Content-Type: " + a.content_type + "\r\n";
    text += "Content-Length: " + std::to_string(a.body.size()) + "\r\n";
  }
  return text + "\r\n";
}

}  // namespace

boost::json::value spoken::json() const {
  return boost::json::parse(body);
}

std::string spoken::at(std::string_view pointer) const {
  const auto root = json();
  boost::system::error_code error;
  const auto* found = root.find_pointer({pointer.data(), pointer.size()}, error);
  return found == nullptr ? "-" : boost::json::serialize(*found);
}

std::string spoken::slug() const {
  const std::string type(json().at("type").as_string());
  return type.substr(type.rfind(':') + 1);
}

std::string spoken::errors() const {
  std::string list;
  const auto root = json();
  const auto* errors = root.as_object().if_contains("errors");
  if (errors == nullptr) return list;
  for (const auto& error : errors->as_array()) {
    if (!list.empty()) list += ", ";
    list += std::string(error.at("pointer").as_string()) + ' ' +
            std::string(error.at("code").as_string());
  }
  return list;
}

api_under_test::api_under_test() : now(*parse_instant("2026-11-23T12:00:00Z")) {
  news.now = now;
  for (const std::string app : {"anewz", "other"}) {
    app_settings& settings = apps[app];
    settings.context.id = app;
    settings.context.defaults.time_zone = "Asia/Baku";
    settings.context.gateways = {&apns, &fcm};
    settings.link_hosts = {"anewz.tv"};
    news.add(app, make_topic("politics", std::nullopt));
    news.add(app, make_topic("sport", frequency::digest));
    news.add(app, make_topic("local", std::nullopt));
    news.add(app, make_topic("local/baku", std::nullopt));
    news.add(app, make_topic("safety", frequency::instant, true));
  }
  bind_handlers(handlers_, parts());
  bind_openapi(handlers_);
  known_credentials known;
  known.api_keys = {{"all", sha256(api_key), every_scope, {"anewz"}},
                    {"other", sha256(other_api_key), every_scope, {"other"}}};
  known.client_keys = {{"anewz", std::string(client_key)},
                       {"other", std::string(other_client_key)}};
  known.devices = &credentials;
  authentication_.emplace(std::move(known), failures_);
  dispatcher_.emplace(service{.served = http::audience::open,
                              .bound = handlers_,
                              .credentials = *authentication_,
                              .registrations = registrations_,
                              .numbers = numbers_});
}

api_parts api_under_test::parts() {
  return {people,       news,  runs, desk, history, audience, credentials,
          installation, words, apps, [this] { return now; }};
}

struct api_under_test::conversation {
  std::string text;
  std::string body;
  exchange x;
  answer given;
  std::future<answer> later;  // where it was not refused at once
};

void api_under_test::begin(const asked& a, conversation& c) {
  c.text = text_of(a);
  c.body = a.body;
  head_reader reader;
  if (reader.read(c.text, c.x.received) != head_reader::progress::complete) {
    throw std::logic_error("the test's own request is malformed: " + c.text);
  }
  c.x.began = std::chrono::steady_clock::now();
  dispatcher_->identify(c.x, true);
  if (auto refused = dispatcher_->admit(c.x)) {
    c.given = std::move(*refused);
  } else {
    c.later = asio::co_spawn(loop_, dispatcher_->handle(c.x, c.body), asio::use_future);
  }
}

spoken api_under_test::end(conversation& c) {
  if (c.later.valid()) c.given = c.later.get();
  spoken said{c.given.status(), std::string(c.given.content_type()), c.given.body(), {}};
  for (const auto& [name, value] : c.given.headers()) said.headers[std::string(name)] = value;
  heard += said.body + '\n';
  if (c.x.matched != nullptr) {
    EXPECT_EQ(
        fault_by_document(c.x.matched->name, said.status, said.content_type, said.body, c.body), "")
        << c.x.matched->name;
  }
  return said;
}

spoken api_under_test::ask(const asked& a) {
  conversation c;
  begin(a, c);
  loop_.restart();
  loop_.run();
  return end(c);
}

std::vector<spoken> api_under_test::ask_together(const std::vector<asked>& all,
                                                 const std::function<void()>& when_idle) {
  std::list<conversation> conversations;
  for (const asked& a : all) begin(a, conversations.emplace_back());
  loop_.restart();
  loop_.poll();
  when_idle();
  loop_.run();
  std::vector<spoken> said;
  for (auto& c : conversations) said.push_back(end(c));
  return said;
}

spoken api_under_test::register_ios(const std::string& token, const std::string& more) {
  return ask({"POST", "/v1/devices", std::string(client_key),
              R"({"platform":"ios","token":")" + token + '"' + more + '}'});
}

std::string api_under_test::device(const std::string& token, const std::string& more) {
  const auto registered = register_ios(token, more);
  if (registered.status != 201) throw std::logic_error(registered.body);
  return std::string(registered.json().at("credential").as_string());
}

}  // namespace paperboy::http::testing
