#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/adapters/http/running_server.hpp"

namespace paperboy::http::testing {
namespace {

using namespace std::string_literals;

struct bad_request {
  std::string what;
  std::string bytes;
  unsigned status;
  std::string slug;
};

std::string get_with(const std::string& fields) {
  return "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
}

std::string post_with(const std::string& fields, const std::string& body = {}) {
  return "POST /v1/devices HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
         std::string(client_key) + "\r\nContent-Type: application/json\r\n" + fields + "\r\n" +
         body;
}

const std::vector<bad_request>& bad_requests() {
  const std::string host = "Host: localhost\r\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  static const std::vector<bad_request> table{
      {"no request line", "GARBAGE\r\n\r\n", 400, "bad-request"},
      {"HTTP/0.9", "GET /\r\n", 400, "bad-request"},
      {"two empty lines first", "\r\n\r\nGET / HTTP/1.1\r\n" + host + "\r\n", 400, "bad-request"},
      {"two blanks in the request line", "GET  / HTTP/1.1\r\n" + host + "\r\n", 400, "bad-request"},
      {"no target", "GET HTTP/1.1\r\n" + host + "\r\n", 400, "bad-request"},
      {"lower-case version", "GET / http/1.1\r\n" + host + "\r\n", 400, "bad-request"},
      {"version of two digits", "GET / HTTP/1.10\r\n" + host + "\r\n", 400, "bad-request"},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "version-not-supported"},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400, "bad-request"},
      {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, "bad-request"},
      {"two Hosts", get_with("Host: localhost\r\n"), 400, "bad-request"},
      {"Host with a CR", "GET / HTTP/1.1\r\nHost: local\rhost\r\n\r\n", 400, "bad-request"},
      {"Host with a blank", "GET / HTTP/1.1\r\nHost: local host\r\n\r\n", 400, "bad-request"},
      {"Host with @", "GET / HTTP/1.1\r\nHost: me@localhost\r\n\r\n", 400, "bad-request"},
      {"Host with a path", "GET / HTTP/1.1\r\nHost: localhost/x\r\n\r\n", 400, "bad-request"},
      {"Host with a bad port", "GET / HTTP/1.1\r\nHost: localhost:8x\r\n\r\n", 400, "bad-request"},
      {"length and coding", post_with("Content-Length: 2\r\n" + chunked, "{}"), 400, "bad-request"},
      {"coding and length", post_with(chunked + "Content-Length: 2\r\n", "{}"), 400, "bad-request"},
      {"two unequal lengths", post_with("Content-Length: 2\r\nContent-Length: 3\r\n", "{}"), 400,
       "bad-request"},
      {"two equal lengths", post_with("Content-Length: 2\r\nContent-Length: 2\r\n", "{}"), 400,
       "bad-request"},
      {"a list of lengths", post_with("Content-Length: 2, 2\r\n", "{}"), 400, "bad-request"},
      {"a signed length", post_with("Content-Length: +2\r\n", "{}"), 400, "bad-request"},
      {"a negative length", post_with("Content-Length: -1\r\n", "{}"), 400, "bad-request"},
      {"a hexadecimal length", post_with("Content-Length: 0x2\r\n", "{}"), 400, "bad-request"},
      {"a length of twenty digits", post_with("Content-Length: 18446744073709551618\r\n", "{}"),
       400, "bad-request"},
      {"an empty length", post_with("Content-Length:\r\n", "{}"), 400, "bad-request"},
      {"gzip, chunked", post_with("Transfer-Encoding: gzip, chunked\r\n"), 400, "bad-request"},
      {"xchunked", post_with("Transfer-Encoding: xchunked\r\n"), 400, "bad-request"},
      {"chunked, vertical tab", post_with("Transfer-Encoding: chunked\x0b\r\n"), 400,
       "bad-request"},
      {"chunked twice", post_with(chunked + chunked), 400, "bad-request"},
      {"identity", post_with("Transfer-Encoding: identity\r\n"), 400, "bad-request"},
      {"chunked in HTTP/1.0", "POST /v1/devices HTTP/1.0\r\n" + host + chunked + "\r\n0\r\n\r\n",
       400, "bad-request"},
      {"folded line", get_with("X-A: b\r\n c\r\n"), 400, "bad-request"},
      {"folded with a tab", get_with("X-A: b\r\n\tc\r\n"), 400, "bad-request"},
      {"blank before the colon", get_with("X-A : b\r\n"), 400, "bad-request"},
      {"blank before the first name", "GET / HTTP/1.1\r\n Host: localhost\r\n\r\n", 400,
       "bad-request"},
      {"no colon", get_with("X-A\r\n"), 400, "bad-request"},
      {"no name", get_with(": b\r\n"), 400, "bad-request"},
      {"underscore in a name", get_with("X_A: b\r\n"), 400, "bad-request"},
      {"NUL in a name", get_with("X-\0A: b\r\n"s), 400, "bad-request"},
      {"NUL in a value", get_with("X-A: b\0c\r\n"s), 400, "bad-request"},
      {"escape character in a value", get_with("X-A: \x1b[2J\r\n"), 400, "bad-request"},
      {"DEL in a value", get_with("X-A: \x7f\r\n"), 400, "bad-request"},
      {"bare CR in a value", get_with("X-A: b\rX-B: c\r\n"), 400, "bad-request"},
      {"bare LF after the request line", "GET / HTTP/1.1\n" + host + "\r\n", 400, "bad-request"},
      {"bare LF after a field", "GET / HTTP/1.1\r\nHost: localhost\n\r\n", 400, "bad-request"},
      {"bare LF at the end", "GET / HTTP/1.1\r\n" + host + "\n", 400, "bad-request"},
      {"NUL in the target", "GET /a\0b HTTP/1.1\r\n"s + host + "\r\n", 400, "bad-request"},
      {"UTF-8 in the target", "GET /\xc3\xa9 HTTP/1.1\r\n" + host + "\r\n", 400, "bad-request"},
      {"fragment in the target", "GET /a#b HTTP/1.1\r\n" + host + "\r\n", 400, "bad-request"},
      {"method that is no token", "G(T / HTTP/1.1\r\n" + host + "\r\n", 400, "bad-request"},
      {"method without an end", std::string(64, 'A'), 400, "bad-request"},
      {"unknown method", "FOO / HTTP/1.1\r\n" + host + "\r\n", 501, "unknown-method"},
      {"lower-case method", "get / HTTP/1.1\r\n" + host + "\r\n", 501, "unknown-method"},
      {"chunk with a bare LF", post_with(chunked, "2\n{}\r\n0\r\n\r\n"), 400, "bad-request"},
      {"chunk of negative size", post_with(chunked, "-2\r\n{}\r\n0\r\n\r\n"), 400, "bad-request"},
      {"chunk size with 0x", post_with(chunked, "0x2\r\n{}\r\n0\r\n\r\n"), 400, "bad-request"},
      {"chunk size over 64 bits", post_with(chunked, "10000000000000002\r\n{}\r\n0\r\n\r\n"), 400,
       "bad-request"},
      {"chunk without its last CR LF", post_with(chunked, "2\r\n{}0\r\n\r\n"), 400, "bad-request"},
      {"chunk longer than it says", post_with(chunked, "2\r\n{}}\r\n0\r\n\r\n"), 400,
       "bad-request"},
      {"chunk without a size", post_with(chunked, "\r\n{}\r\n0\r\n\r\n"), 400, "bad-request"},
      {"chunk extension of 2 KiB",
       post_with(chunked, "2;a=" + std::string(2048, 'x') + "\r\n{}\r\n0\r\n\r\n"), 400,
       "bad-request"},
      {"chunk extension without an end", post_with(chunked, "2;a=" + std::string(2048, 'x')), 400,
       "bad-request"},
      {"body of a GET", get_with("Content-Length: 2\r\n") + "{}", 400, "unexpected-body"},
      {"chunked body of a GET", get_with(chunked) + "0\r\n\r\n", 400, "unexpected-body"},
      {"length over the limit", post_with("Content-Length: 8193\r\n"), 413, "body-too-large"},
      {"length over the limit, waiting for 100",
       post_with("Content-Length: 8193\r\nExpect: 100-continue\r\n"), 413, "body-too-large"},
      {"length of eighteen digits", post_with("Content-Length: 999999999999999999\r\n"), 413,
       "body-too-large"},
      {"chunk over the limit", post_with(chunked, "2001\r\n"), 413, "body-too-large"},
      {"chunks over the limit",
       post_with(chunked, "1000\r\n" + std::string(4096, 'x') + "\r\n1001\r\n"), 413,
       "body-too-large"},
      {"chunk size of 2^60", post_with(chunked, "1000000000000000\r\n"), 413, "body-too-large"},
      {"unknown expectation", post_with("Content-Length: 2\r\nExpect: something\r\n"), 417,
       "expectation-failed"},
  };
  return table;
}

TEST(http_framing, refuses_what_two_readers_could_read_differently_and_closes) {
  running_server server;
  for (const auto& bad : bad_requests()) {
    SCOPED_TRACE(bad.what);
    raw_client client(server.port());
    client.send(bad.bytes);
    const auto a = client.receive();
    ASSERT_TRUE(a);
    EXPECT_EQ(a->status, bad.status);
    EXPECT_EQ(a->slug(), bad.slug);
    EXPECT_EQ(a->field("content-type"), "application/problem+json");
    EXPECT_EQ(a->field("connection"), "close");
    EXPECT_FALSE(a->field("x-request-id").empty());
    EXPECT_LE(a->body.size(), 1024U);
    EXPECT_TRUE(client.closed_by_server());
  }
}

// A request of exactly `size` bytes up to its body.
std::string head_of_size(std::size_t size) {
  const std::string rest = get_with("X-Pad: \r\n");
  return get_with("X-Pad: " + std::string(size - rest.size(), 'x') + "\r\n");
}

std::string target_of_size(std::size_t size) {
  return request_text("GET", "/openapi.json?" + std::string(size - 14, 'x'));
}

std::string fields_of_number(std::size_t number) {
  std::string fields;
  for (std::size_t i = 1; i < number; ++i) fields += "X-" + std::to_string(i) + ": a\r\n";
  return get_with(fields);  // and Host
}

TEST(http_framing, limits_are_exact) {
  running_server server;
  const struct {
    std::string what;
    std::string bytes;
    unsigned status;
  } table[] = {
      {"head one below", head_of_size(8191), 200},
      {"head at the limit", head_of_size(8192), 200},
      {"head one above", head_of_size(8193), 431},
      {"head that never ends", "GET / HTTP/1.1\r\nX-A: " + std::string(9000, 'x'), 431},
      {"target one below", target_of_size(2047), 200},
      {"target at the limit", target_of_size(2048), 200},
      {"target one above", target_of_size(2049), 414},
      {"target that never ends", "GET /" + std::string(3000, 'x'), 414},
      {"63 fields", fields_of_number(63), 200},
      {"64 fields", fields_of_number(64), 200},
      {"65 fields", fields_of_number(65), 431},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(row.what);
    const auto a = ask(server, row.bytes);
    ASSERT_TRUE(a);
    EXPECT_EQ(a->status, row.status);
  }
}

TEST(http_framing, body_limits_are_exact_by_length_and_by_chunks) {
  running_server server;
  const struct {
    std::size_t size;
    unsigned status;
  } table[] = {{8191, 200}, {8192, 200}, {8193, 413}};
  for (const auto& [size, status] : table) {
    SCOPED_TRACE(size);
    const std::string body(size, 'x');
    const auto counted =
        ask(server, post_with("Content-Length: " + std::to_string(size) + "\r\n", body));
    ASSERT_TRUE(counted);
    EXPECT_EQ(counted->status, status);
    char hex[16];
    std::snprintf(hex, sizeof hex, "%zx", size);
    const auto chunked = ask(server, post_with("Transfer-Encoding: chunked\r\n",
                                               std::string(hex) + "\r\n" + body + "\r\n0\r\n\r\n"));
    ASSERT_TRUE(chunked);
    EXPECT_EQ(chunked->status, status);
    if (status == 200) {
      EXPECT_EQ(chunked->body, counted->body);
      EXPECT_NE(chunked->body.find(":" + std::to_string(size) + "}"), std::string::npos);
    }
  }
}

TEST(http_framing, takes_a_large_body_piece_by_piece) {
  running_server server;
  const std::string body(1'000'000, 'x');
  const auto a = ask(
      server, request_text("POST", "/v1/apps/anewz/items", api_key, body, "application/x-ndjson"));
  ASSERT_TRUE(a);
  EXPECT_EQ(a->status, 200U);
  EXPECT_EQ(a->body, R"({"route":"post_items","body":1000000})");
}

TEST(http_framing, reads_a_request_that_comes_byte_by_byte) {
  running_server server;
  raw_client client(server.port());
  const std::string text = post_with("Transfer-Encoding: chunked\r\n",
                                     "2;name=\"v\"\r\n{}\r\n3\r\nabc\r\n0\r\nTrailer: x\r\n\r\n");
  for (const char c : text) client.send({&c, 1});
  const auto a = client.receive();
  ASSERT_TRUE(a);
  EXPECT_EQ(a->body, R"({"route":"register_device","body":5})");
}

TEST(http_framing, forgives_one_empty_line_before_a_request) {
  running_server server;
  raw_client client(server.port());
  client.send("\r\n" + get_with(""));
  EXPECT_EQ(client.receive()->status, 200U);
  client.send("\r\n" + get_with(""));
  EXPECT_EQ(client.receive()->status, 200U);
}

TEST(http_framing, answers_pipelined_requests_in_their_order_and_up_to_the_cap) {
  server_options options;
  options.requests_per_connection = 500;
  running_server server(std::move(options));
  raw_client client(server.port());
  std::string many;
  for (int i = 0; i < 600; ++i) {
    many += "GET /openapi.json HTTP/1.1\r\nHost: h\r\nX-Request-Id: r-" + std::to_string(i) +
            "\r\n\r\n";
  }
  client.send(many);
  for (int i = 0; i < 500; ++i) {
    const auto a = client.receive();
    ASSERT_TRUE(a) << i;
    EXPECT_EQ(a->field("x-request-id"), "r-" + std::to_string(i));
    EXPECT_EQ(a->field("connection"), i == 499 ? "close" : "");
  }
  EXPECT_TRUE(client.closed_by_server());
}

TEST(http_framing, keeps_the_connection_where_a_refused_body_has_arrived) {
  running_server server;
  raw_client client(server.port());
  client.send(request_text("POST", "/v1/devices", {}, "{\"a\":1}") + get_with(""));
  EXPECT_EQ(client.receive()->status, 401U);
  EXPECT_EQ(client.receive()->status, 200U);
}

TEST(http_framing, asks_for_the_body_only_when_it_would_be_read) {
  running_server server;
  raw_client client(server.port());
  client.send(post_with("Content-Length: 2\r\nExpect: 100-continue\r\n"));
  EXPECT_EQ(client.receive()->status, 100U);
  client.send("{}");
  EXPECT_EQ(client.receive()->status, 200U);

  raw_client refused(server.port());
  refused.send(
      "POST /v1/devices HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
      "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(refused.receive()->status, 401U);
  EXPECT_TRUE(refused.closed_by_server());
}

TEST(http_framing, a_body_cut_short_gets_no_answer_and_reaches_no_handler) {
  bool called = false;
  server_options options;
  options.handlers["register_device"] = [&called](context&, const request&) -> task<answer> {
    called = true;
    co_return answer(201);
  };
  {
    running_server server(std::move(options));
    raw_client client(server.port());
    client.send(post_with("Content-Length: 100\r\n", "{\"half\":"));
    EXPECT_TRUE(client.closed_by_server());
  }
  EXPECT_FALSE(called);
}

TEST(http_framing, ends_a_TLS_hello_on_the_plain_port_without_a_word) {
  running_server server;
  raw_client client(server.port());
  client.send("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s);
  EXPECT_TRUE(client.closed_by_server());
}

TEST(http_framing, speaks_HTTP_1_0_for_one_request) {
  running_server server;
  raw_client client(server.port());
  client.send("GET /openapi.json HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto a = client.receive();
  ASSERT_TRUE(a);
  EXPECT_EQ(a->status, 200U);
  EXPECT_EQ(a->field("connection"), "close");
  EXPECT_TRUE(client.closed_by_server());
}

TEST(http_framing, answers_a_plain_request) {
  running_server server;
  const auto a = ask(server, get_with(""));
  ASSERT_TRUE(a);
  EXPECT_EQ(a->status, 200U);
  EXPECT_EQ(a->body, R"({"route":"get_openapi","body":0})");
}

}  // namespace
}  // namespace paperboy::http::testing
