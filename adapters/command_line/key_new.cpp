#include "adapters/command_line/key_new.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <CLI/CLI.hpp>
#include <array>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "adapters/command_line/document.hpp"
#include "adapters/command_line/exit_status.hpp"
#include "adapters/command_line/forms.hpp"
#include "adapters/command_line/subcommands.hpp"
#include "adapters/http/authentication.hpp"
#include "core/domain/identifiers.hpp"

namespace paperboy::command_line {
namespace {

constexpr std::string_view base62 =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t digits = 43;  // 62^43 is more than 2^256

struct key_options {
  std::string name = "newsroom";
  std::vector<std::string> scopes{"items", "notifications", "topics", "subscribers", "reports"};
  std::vector<std::string> apps;
};

std::vector<std::string> in_quotes_each(const std::vector<std::string>& texts) {
  std::vector<std::string> quoted;
  for (const std::string& text : texts) quoted.push_back(fmt::format("\"{}\"", text));
  return quoted;
}

void check_options(const key_options& o) {
  const auto refuse = [](std::string_view option, const std::string& text, std::string_view what) {
    throw CLI::ValidationError(std::string{option},
                               fmt::format("{} is not {}", in_quotes(text), what));
  };
  // In TOML a backslash or a quote would need an escape; a name does not need them.
  if (!forms::plain.parse(o.name) || o.name.find_first_of("\"\\") != std::string::npos) {
    refuse("--name", o.name, "a name of 1 to 200 visible characters without \" and \\");
  }
  for (const std::string& scope : o.scopes) {
    if (!forms::scope.parse(scope)) refuse("--scope", scope, forms::scope.what);
  }
  for (const std::string& app : o.apps) {
    if (!forms::app_id.parse(app)) refuse("--app", app, forms::app_id.what);
  }
}

int key_new(const key_options& o) {
  check_options(o);
  const std::string key = make_api_key();
  std::cout << key << "\n\n"
            << "# The line above is the key. It is stored nowhere: keep it now. This is for the\n"
            << "# configuration:\n"
            << api_key_section(key, o.name, o.scopes, o.apps) << std::flush;
  return exit_good;
}

}  // namespace

std::string make_api_key() {
  std::array<unsigned char, 32> number{};
  if (RAND_bytes(number.data(), static_cast<int>(number.size())) != 1) {
    throw std::runtime_error("OpenSSL has no random bytes to give");
  }
  std::string key = "pk_live_";
  for (std::size_t i = 0; i < digits; ++i) {
    unsigned rest = 0;  // long division of the 256-bit number by 62
    for (unsigned char& byte : number) {
      const unsigned value = rest << 8U | byte;
      byte = static_cast<unsigned char>(value / base62.size());
      rest = static_cast<unsigned>(value % base62.size());
    }
    key += base62[rest];
  }
  return key;
}

std::string api_key_section(std::string_view key, std::string_view name,
                            const std::vector<std::string>& scopes,
                            const std::vector<std::string>& apps) {
  const http::sha256_hash hash = http::sha256(key);
  const std::string hex = to_hex({reinterpret_cast<const char*>(hash.data()), hash.size()});
  return fmt::format("[[api_key]]\nname = \"{}\"\nsha256 = \"{}\"\nscopes = [{}]\napps = [{}]\n",
                     name, hex, fmt::join(in_quotes_each(scopes), ", "),
                     fmt::join(in_quotes_each(apps), ", "));
}

void add_key(CLI::App& program, int& status) {
  auto* group = program.add_subcommand("key", "API keys of the newsroom's programs");
  group->require_subcommand(1);
  auto* sub = group->add_subcommand("new", "Prints a new API key and its [[api_key]] section");
  sub->footer(
      "The key is the first line of the output. Nothing is stored: the configuration gets the\n"
      "SHA-256 only. For an operator token take the same key and its SHA-256 as\n"
      "operator_token_sha256.");
  auto options = std::make_shared<key_options>();
  options->apps = {"anewz"};
  sub->add_option("--name", options->name, "What messages and logs call it")->capture_default_str();
  sub->add_option("--app", options->apps, "The apps it is good for")
      ->delimiter(',')
      ->capture_default_str();
  sub->add_option("--scope", options->scopes, "What it may do")
      ->delimiter(',')
      ->capture_default_str();
  sub->callback([options, &status] { status = key_new(*options); });
}

}  // namespace paperboy::command_line
