#include "core/domain/link.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace paperboy {
namespace {

TEST(link, ordinary_links_pass) {
  for (const auto good :
       {"https://anewz.tv/region/1", "https://anewz.tv", "https://anewz.tv:443/x",
        "https://www.anewz.tv/a?b=c&d=%C9%99#e", "HTTPS://AnewZ.tv/", "https://a-b.example.co.uk?x",
        "https://1news.az/", "https://xn--mnchen-3ya.de/", "https://example.com/a@b:c"}) {
    EXPECT_EQ(check_link(good), std::nullopt) << good;
  }
}

struct refusal {
  const char* url;
  link_fault fault;
};

TEST(link, everything_else_is_refused_by_name) {
  const std::vector<refusal> table = {
      {"", link_fault::empty},
      {"javascript:alert(1)", link_fault::not_https},
      {"data:text/html,x", link_fault::not_https},
      {"file:///etc/passwd", link_fault::not_https},
      {"http://anewz.tv/", link_fault::not_https},
      {"//anewz.tv/", link_fault::not_https},
      {"anewz.tv", link_fault::not_https},
      {" https://anewz.tv/", link_fault::not_https},
      {"https:/anewz.tv/", link_fault::not_https},
      {"https://user:pw@anewz.tv/", link_fault::has_userinfo},
      {"https://@anewz.tv/", link_fault::has_userinfo},
      {"https://anewz.tv\\@evil.example/", link_fault::has_userinfo},
      {"https://", link_fault::no_host},
      {"https:///x", link_fault::no_host},
      {"https://?q", link_fault::no_host},
      {"https://127.0.0.1/", link_fault::host_not_name},
      {"https://127.1/", link_fault::host_not_name},
      {"https://2130706433/", link_fault::host_not_name},
      {"https://0x7f.1/", link_fault::host_not_name},
      {"https://0x7f.0x1/", link_fault::host_not_name},
      {"https://0177.0.0.01/", link_fault::host_not_name},
      {"https://example.0x/", link_fault::host_not_name},
      {"https://[::1]/", link_fault::host_not_name},
      {"https://[::ffff:127.0.0.1]/", link_fault::host_not_name},
      {"https://localhost/", link_fault::host_not_name},
      {"https://x.LocalHost/", link_fault::host_not_name},
      {"https://anewz.tv./", link_fault::host_not_name},
      {"https://.anewz.tv/", link_fault::host_not_name},
      {"https://a..b/", link_fault::host_not_name},
      {"https://-a.tv/", link_fault::host_not_name},
      {"https://a_b.tv/", link_fault::host_not_name},
      {"https://anewz%2Etv/", link_fault::host_not_name},
      {"https://аnewz.tv/", link_fault::host_not_name},
      {"https://anewz。tv/", link_fault::host_not_name},
      {"https://xn--newz-43d.tv/", link_fault::misleading_host},
      {"https://xn--zzzzzzzzzz999999.tv/", link_fault::misleading_host},
      {"https://anewz.tv:22/", link_fault::bad_port},
      {"https://anewz.tv:/", link_fault::bad_port},
      {"https://anewz.tv:0443/", link_fault::bad_port},
      {"https://anewz.tv:443:1/", link_fault::bad_port},
      {"https://anewz.tv/a b", link_fault::bad_character},
      {"https://anewz.tv/a\nb", link_fault::bad_character},
      {"https://anewz.tv/\"", link_fault::bad_character},
      {"https://anewz.tv/\\x", link_fault::bad_character},
      {"https://anewz.tv/%zz", link_fault::bad_character},
      {"https://anewz.tv/%4", link_fault::bad_character},
      {"https://anewz.tv/xəbər", link_fault::bad_character},
  };
  for (const auto& row : table) EXPECT_EQ(check_link(row.url), row.fault) << row.url;
}

TEST(link, a_url_of_2048_bytes_passes_and_2049_does_not) {
  const std::string start = "https://anewz.tv/";
  EXPECT_EQ(check_link(start + std::string(2048 - start.size(), 'a')), std::nullopt);
  EXPECT_EQ(check_link(start + std::string(2049 - start.size(), 'a')), link_fault::too_long);
}

TEST(link, only_the_named_hosts_are_taken_and_case_does_not_count) {
  const std::vector<std::string> hosts = {"anewz.tv", "www.anewz.tv"};
  EXPECT_EQ(check_link("https://WWW.anewz.TV/x", hosts), std::nullopt);
  EXPECT_EQ(check_link("https://anewz.tv:443/x", hosts), std::nullopt);
  for (const auto other : {"https://evil.example/", "https://a.anewz.tv/",
                           "https://anewz.tv.evil.example/", "https://xanewz.tv/"}) {
    EXPECT_EQ(check_link(other, hosts), link_fault::host_not_allowed) << other;
  }
}

TEST(link, the_host_is_what_stands_before_port_and_path) {
  EXPECT_EQ(host_of("https://anewz.tv:443/x"), "anewz.tv");
  EXPECT_EQ(host_of("https://anewz.tv?x"), "anewz.tv");
}

}  // namespace
}  // namespace paperboy
