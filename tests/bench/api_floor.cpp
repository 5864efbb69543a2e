// What HTTP costs the API process: the session, routes, credentials and JSON of adapters/http
// against Beast answering a constant. Both run in turn on one core, the client on the other. Figures
// are CPU microseconds of the server's thread a request; only the ratio is worth anything.
//
//   bench_api_floor [requests] [result.json]

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "adapters/http/json.hpp"
#include "adapters/http/json_writer.hpp"
#include "adapters/http/listener.hpp"
#include "adapters/http/metrics_registry.hpp"
#include "adapters/http/object_reader.hpp"
#include "tests/bench/http_load.hpp"

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = paperboy::http;
using tcp = asio::ip::tcp;

constexpr std::size_t connections = 64;
constexpr int rounds = 5;
constexpr std::string_view client_key = "ck_bench_0123456789abcdef";

void pin_to(unsigned core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core % std::max(1U, std::thread::hardware_concurrency()), &cores);
  ::sched_setaffinity(0, sizeof cores, &cores);
}

// A server's loop in a thread of its own, on the first core.
class served {
 public:
  explicit served(asio::io_context& context)
      : context_(context), thread_([&context] {
          pin_to(0);
          context.run();
        }) {}
  ~served() {
    context_.stop();
    thread_.join();
  }
  served(const served&) = delete;
  served& operator=(const served&) = delete;

  double cpu_seconds() {
    clockid_t clock{};
    pthread_getcpuclockid(thread_.native_handle(), &clock);
    timespec t{};
    clock_gettime(clock, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
  }

 private:
  asio::io_context& context_;
  std::thread thread_;
};

asio::awaitable<void> answer_constant(tcp::socket socket) {
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer;
  try {
    for (;;) {
      beast::http::request<beast::http::string_body> request;
      stream.expires_after(std::chrono::seconds(30));
      co_await beast::http::async_read(stream, buffer, request, asio::use_awaitable);
      beast::http::response<beast::http::string_body> response{beast::http::status::ok, 11};
      response.set(beast::http::field::content_type, "application/json");
      response.body() = R"({"status":"ok"})";
      response.prepare_payload();
      co_await beast::http::async_write(stream, response, asio::use_awaitable);
    }
  } catch (const boost::system::system_error&) {
    // The client has gone.
  }
}

asio::awaitable<void> accept_constant(tcp::acceptor& acceptor) {
  for (;;) {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    socket.set_option(tcp::no_delay(true));
    asio::co_spawn(acceptor.get_executor(), answer_constant(std::move(socket)), asio::detached);
  }
}

struct plain_seal final : paperboy::seal {
  mac sign(std::string_view purpose, std::string_view bytes) const override {
    const auto hash = http::sha256(std::string(purpose).append(bytes));
    mac m{};
    std::copy_n(hash.begin(), m.size(), m.begin());
    return m;
  }
};

// Parses and validates as a registration does, and answers what one answers; it stores nothing.
paperboy::task<http::answer> register_nothing(http::context&, const http::request& r) {
  http::json_document document;
  if (auto wrong = document.read(r.body())) co_return http::to_answer(*wrong);
  std::vector<paperboy::field_error> errors;
  http::object_reader body(document.root(), errors);
  body.required_string("platform");
  body.required_string("token");
  body.optional_string("environment");
  body.optional_string("locale");
  body.optional_string("time_zone");
  body.optional_string("app_version");
  if (auto topics = body.optional_object("topics")) {
    topics->each_string([](std::string_view, std::optional<std::string_view>) {});
  }
  body.unknown_fields();
  if (!errors.empty()) co_return http::to_answer(http::invalid_body(std::move(errors)));
  std::string text;
  http::json_writer(text)
      .begin_object()
      .member("device_id", "00a1f3c2d4e5968778695a4b3c2d1e0f01")
      .member("credential", "pd_0000000000000000000000000000000000000000000000000000000000")
      .end_object();
  co_return http::answer::json(201, std::move(text));
}

paperboy::task<http::answer> constant(http::context&, const http::request&) {
  co_return http::answer::json(200, R"({"status":"ok"})");
}

struct row {
  std::string name;
  std::function<double()> measure;  // CPU microseconds a request
  std::vector<double> taken = {};

  double median() {
    std::sort(taken.begin(), taken.end());
    return taken[taken.size() / 2];
  }
};

double microseconds_a_request(served& server, std::uint16_t port, const std::string& request,
                              std::size_t requests) {
  const double before = server.cpu_seconds();
  paperboy::bench::load(port, request, connections, requests);
  return (server.cpu_seconds() - before) * 1e6 / static_cast<double>(requests);
}

std::string post(std::string_view credential) {
  const std::string body =
      R"({"platform":"ios","token":"a1b2c3d4e5f60718a1b2c3d4e5f60718a1b2c3d4e5f60718a1b2c3d4e5f60718",)"
      R"("environment":"production","locale":"az-AZ","time_zone":"Asia/Baku","app_version":"3.1.0",)"
      R"("topics":{"politics":"digest","breaking":"instant"}})";
  return "POST /v1/devices HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
         std::string(credential) +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

void print(std::vector<row>& rows, const char* file) {
  const double floor = rows.front().median();
  std::ofstream json;
  if (file != nullptr) json.open(file);
  json << "{\"unit\":\"CPU microseconds a request\",\"rows\":[";
  std::printf("%-52s %8s %8s\n", "server", "CPU us", "ratio");
  for (row& r : rows) {
    std::printf("%-52s %8.2f %8.2f\n", r.name.c_str(), r.median(), r.median() / floor);
    json << (&r == &rows.front() ? "" : ",") << "{\"name\":\"" << r.name
         << "\",\"cpu_us\":" << r.median() << ",\"ratio\":" << r.median() / floor << "}";
  }
  json << "]}\n";
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t requests = argc > 1 ? std::stoul(argv[1]) : 50'000;

  asio::io_context floor_context{1};
  tcp::acceptor acceptor(floor_context, {asio::ip::address_v4::loopback(), 0});
  asio::co_spawn(floor_context, accept_constant(acceptor), asio::detached);

  const plain_seal installation;
  const paperboy::device_credentials devices(installation);
  http::minute_limit failures("credentials", 10);
  http::minute_limit registrations("registrations", UINT32_MAX);
  http::known_credentials known;
  known.client_keys = {{"bench", std::string(client_key)}};
  known.devices = &devices;
  http::authentication credentials(std::move(known), failures);
  http::metrics_registry numbers;
  http::connection_limit limit(10'000, 64);
  http::handlers bound;
  for (const auto& r : http::all_routes()) {
    bound.bind(r.name, r.name == "register_device" ? register_nothing : constant);
  }
  const http::service service{.bound = bound,
                              .credentials = credentials,
                              .registrations = registrations,
                              .numbers = numbers,
                              .requests_per_connection = SIZE_MAX};
  asio::io_context context{1};
  http::listener listener(context.get_executor(), {{asio::ip::address_v4::loopback(), 0}}, service,
                          limit);
  listener.start();

  pin_to(1);
  served floor(floor_context);
  served product(context);
  const std::string registration = post(client_key);
  const std::string get =
      "GET /v1/preferences HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
      devices.issue({{}, 1}, 1) + "\r\n\r\n";
  std::vector<row> rows{
      {"Beast, constant answer",
       [&] {
         return microseconds_a_request(floor, acceptor.local_endpoint().port(), registration,
                                       requests);
       }},
      {"Paperboy, registration without the store",
       [&] {
         return microseconds_a_request(product, listener.address().port(), registration, requests);
       }},
      {"Paperboy, device GET without the store",
       [&] { return microseconds_a_request(product, listener.address().port(), get, requests); }},
  };
  for (int i = 0; i < rounds; ++i) {
    for (row& r : rows) r.taken.push_back(r.measure());
  }
  print(rows, argc > 2 ? argv[2] : nullptr);
  return 0;
}
