#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <random>
#include <stdexcept>

#include "adapters/http/exchange.hpp"
#include "adapters/http/field.hpp"
#include "adapters/http/problem.hpp"

namespace paperboy::http {
namespace {

constexpr std::string_view every_method = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

answer refusal(unsigned status, std::string_view slug, std::string_view detail) {
  return to_answer({status, std::string(slug), std::string(detail), {}});
}

bool is_request_id(std::string_view id) noexcept {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
    return is_alpha(c) || is_digit(c) || c == '-';
  });
}

void make_request_id(std::string& id) {
  thread_local std::mt19937_64 random{[] {
    std::random_device entropy;
    std::seed_seq seed{entropy(), entropy(), entropy(), entropy()};
    return std::mt19937_64(seed);
  }()};
  constexpr std::string_view hex = "0123456789abcdef";
  id.clear();
  for (int half = 0; half < 2; ++half) {
    std::uint64_t bits = random();
    for (int i = 0; i < 16; ++i, bits >>= 4) id += hex[bits & 0xf];
  }
}

// The media type of a Content-Type, its parameters looked at: only UTF-8 is read here.
struct media_type {
  std::string_view type;
  bool utf8 = true;
};

media_type read_content_type(std::string_view value) noexcept {
  media_type m;
  const auto semicolon = value.find(';');
  m.type = trimmed(value.substr(0, semicolon));
  while (value.find(';') != std::string_view::npos) {
    value.remove_prefix(value.find(';') + 1);
    const auto parameter = trimmed(value.substr(0, value.find(';')));
    constexpr std::string_view charset = "charset=";
    if (!equal_ignoring_case(parameter.substr(0, charset.size()), charset)) continue;
    auto name = parameter.substr(charset.size());
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') {
      name = name.substr(1, name.size() - 2);
    }
    m.utf8 = m.utf8 && equal_ignoring_case(name, "utf-8");
  }
  return m;
}

bool accepts(content wanted, std::string_view type) noexcept {
  switch (wanted) {
    case content::none:
      return true;
    case content::json:
      return equal_ignoring_case(type, "application/json");
    case content::merge_patch:
      return equal_ignoring_case(type, "application/merge-patch+json") ||
             equal_ignoring_case(type, "application/json");
    case content::ndjson:
      return equal_ignoring_case(type, "application/x-ndjson");
  }
  return false;
}

std::string_view content_type_of(content wanted) noexcept {
  return wanted == content::ndjson ? "application/x-ndjson" : "application/json";
}

// X-Forwarded-For may come as several fields; they are one list (RFC 9110 section 5.3).
address client_of(const exchange& x, const std::vector<address_range>& trusted) {
  if (trusted.empty()) return x.peer;
  std::string list;
  for (const field& f : x.received) {
    if (!equal_ignoring_case(f.name, "x-forwarded-for")) continue;
    if (!list.empty()) list += ',';
    list += f.value;
  }
  return client_address(x.peer, list, trusted);
}

std::string_view app_in_path(const exchange& x) noexcept {
  constexpr std::string_view prefix = "/v1/apps/{app}";
  return x.matched->path.starts_with(prefix) ? x.wanted.segments()[2] : std::string_view{};
}

}  // namespace

dispatcher::dispatcher(const http::service& s) : service_(s), index_(s.served) {
  const auto missing = s.bound.missing(s.served);
  if (!missing.empty()) {
    std::string names;
    for (const auto name : missing) names.append(" ").append(name);
    throw std::logic_error("routes without a handler:" + names);
  }
  const auto routes = all_routes();
  const std::string side = s.served == audience::operators ? "operator" : "public";
  const std::vector<double> bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                   0.1,    0.25,  0.5,    1.0,   2.5,  10.0};
  for (std::size_t i = 0; i <= routes.size(); ++i) {
    route_numbers numbers;
    if (i < routes.size()) handlers_.push_back(s.bound.find(routes[i].name));
    numbers.seconds = &s.numbers.histogram(
        "paperboy_http_request_seconds", "From a request's first byte to its answer, by route.",
        bounds,
        {{"route", i < routes.size() ? std::string(routes[i].name) : "none"}, {"listener", side}});
    numbers_.push_back(std::move(numbers));
  }
}

void dispatcher::identify(exchange& x, bool has_head) const {
  const auto sent = has_head ? x.received.find("x-request-id") : std::string_view{};
  if (is_request_id(sent)) {
    x.id.assign(sent);
  } else {
    make_request_id(x.id);
  }
}

std::optional<answer> dispatcher::admit(exchange& x) {
  x.registration.reset();
  x.client = client_of(x, service_.trusted_proxies);
  if (auto refused = check_method(x)) return refused;
  if (auto refused = check_body(x)) return refused;
  if (auto refused = service_.credentials.admit(x.received, *x.matched, app_in_path(x), x.client,
                                                x.began, x.who)) {
    return refused;
  }
  if (auto refused = check_content(x)) return refused;
  if (x.matched->registers) {
    x.registration = service_.registrations.take(x.client, x.began);
    if (!x.registration->allowed) return service_.registrations.refusal(*x.registration);
  }
  return std::nullopt;
}

// Target, path and method.
std::optional<answer> dispatcher::check_method(exchange& x) {
  const method m = x.received.method;
  if (m == method::connect || (m == method::options && x.received.target == "*")) {
    answer a = m == method::connect
                   ? refusal(405, "method-not-allowed", "This method is not allowed here.")
                   : answer(204);
    a.set("Allow", std::string(every_method));
    return a;
  }
  if (auto refused = x.wanted.read(x.received)) return to_answer(*refused);
  const auto match = index_.find(m, x.wanted.segments());
  x.matched = match.found;
  x.route_number = match.number;
  if (match.found != nullptr) return std::nullopt;
  if (m == method::trace || match.known_path) {
    answer a = m == method::options
                   ? answer(204)
                   : refusal(405, "method-not-allowed", "This method is not allowed here.");
    a.set("Allow",
          match.known_path ? index_.allowed(x.wanted.segments()) : std::string(every_method));
    return a;
  }
  return refusal(404, "not-found", "There is no such address here.");
}

// Expectation and length.
std::optional<answer> dispatcher::check_body(const exchange& x) const {
  const head& h = x.received;
  if (h.expects == expectation::unknown) {
    return refusal(417, "expectation-failed", "The only expectation met here is 100-continue.");
  }
  if (x.matched->content == content::none && h.has_body()) {
    return refusal(400, "unexpected-body", "This request has no body.").close();
  }
  if (h.content_length.value_or(0) > x.matched->body_limit) {
    return refusal(413, "body-too-large",
                   "The body has at most " + std::to_string(x.matched->body_limit) + " bytes here.")
        .close();
  }
  return std::nullopt;
}

std::optional<answer> dispatcher::check_content(const exchange& x) const {
  const head& h = x.received;
  const content wanted = x.matched->content;
  if (wanted == content::none) return std::nullopt;
  const auto coding = h.find("content-encoding");
  if (!coding.empty() && !equal_ignoring_case(coding, "identity")) {
    answer a = refusal(415, "unsupported-encoding", "Send the body without Content-Encoding.");
    a.set("Accept-Encoding", "identity");
    return a;
  }
  const media_type m = read_content_type(h.find("content-type"));
  if (h.count("content-type") != 1 || !accepts(wanted, m.type)) {
    const std::string type(content_type_of(wanted));
    answer a =
        refusal(415, "unsupported-media-type", "Send the body as Content-Type: " + type + ".");
    a.set("Accept", type);
    return a;
  }
  if (!m.utf8) {
    return refusal(415, "unsupported-charset", "Send the body in UTF-8.");
  }
  return std::nullopt;
}

// Logs what the client is not told.
answer dispatcher::failed(const exchange& x, std::string_view what) const {
  spdlog::error("request {} {} failed: {}", x.id, x.matched->name, what);
  return refusal(500, "internal", "The request could not be carried out. It has been logged.");
}

task<answer> dispatcher::handle(exchange& x, std::string_view body) {
  const request r(x.received, x.wanted, *x.matched, body, x.id, x.client);
  context c{x.who};
  answer a;
  try {
    a = co_await (*handlers_[x.route_number])(c, r);
  } catch (const boost::system::system_error& error) {
    if (error.code() == boost::asio::error::operation_aborted) throw;
    a = to_answer(problem_of(error.code()));
    if (a.status() >= 500) spdlog::error("request {} {}: {}", x.id, x.matched->name, error.what());
  } catch (const std::exception& error) {
    a = failed(x, error.what());
  }
  if (x.registration) {
    // What was not registered does not count.
    if (a.status() >= 400) service_.registrations.give_back(x.client);
    service_.registrations.describe(*x.registration, a);
  }
  co_return a;
}

void dispatcher::count(const exchange& x, unsigned status, clock_time now) {
  const std::size_t number = x.matched == nullptr ? numbers_.size() - 1 : x.route_number;
  route_numbers& numbers = numbers_[number];
  numbers.seconds->observe(std::chrono::duration<double>(now - x.began).count());
  for (const auto& [known, total] : numbers.by_status) {
    if (known == status) return total->add();
  }
  counter& total = service_.numbers.counter(
      "paperboy_http_requests_total", "Requests answered, by route and status.",
      {{"route", x.matched == nullptr ? "none" : std::string(x.matched->name)},
       {"path", x.matched == nullptr ? "none" : std::string(x.matched->path)},
       {"method", x.matched == nullptr ? "none" : std::string(to_text(x.matched->method))},
       {"status", std::to_string(status)},
       {"listener", service_.served == audience::operators ? "operator" : "public"}});
  numbers.by_status.emplace_back(status, &total);
  total.add();
}

}  // namespace paperboy::http
