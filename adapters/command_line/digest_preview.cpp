#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <iostream>
#include <memory>

#include "adapters/apns/provider_token.hpp"
#include "adapters/command_line/document.hpp"
#include "adapters/command_line/exit_status.hpp"
#include "adapters/command_line/file_newsroom.hpp"
#include "adapters/command_line/file_text.hpp"
#include "adapters/command_line/gateways.hpp"
#include "adapters/command_line/preview_text.hpp"
#include "adapters/command_line/subcommands.hpp"
#include "adapters/net/json_web_token.hpp"
#include "adapters/net/seal.hpp"
#include "adapters/net/tls.hpp"
#include "core/domain/locale.hpp"
#include "core/domain/text_time.hpp"
#include "core/flows/previewing.hpp"
#include "core/wall_time.hpp"

namespace paperboy::command_line {
namespace {

namespace asio = boost::asio;

// Edition ids are sealed; here for nobody, so that one cannot be taken for a real one.
constexpr std::string_view preview_secret = "paperboy digest preview";

struct preview_options {
  std::filesystem::path config;
  std::filesystem::path items;
  std::vector<std::string> topics;
  std::string app;
  std::string locale;
  std::string at;
  std::uint32_t max_items = 0;  // 0: the app's
};

[[noreturn]] void refuse(std::string_view option, const std::string& text, std::string_view what) {
  throw CLI::ValidationError(std::string{option},
                             fmt::format("{} is not {}", in_quotes(text), what));
}

const app_settings& app_of(const configuration& c, const std::string& id) {
  if (id.empty() && c.apps.size() == 1) return c.apps.front();
  if (id.empty()) throw CLI::ValidationError("--app", "is needed: the file has several apps");
  const auto* app = c.app(id);
  if (app == nullptr) refuse("--app", id, "an app of the configuration");
  return *app;
}

instant instant_of(const std::string& text) {
  if (text.empty()) return now_wall();
  const auto at = parse_instant(text);
  if (!at) refuse("--at", text, "an instant, for example 2026-11-24T04:00:00Z");
  return *at;
}

// Who follows the asked topics; all of the file where none is asked.
wish_values wish_of(const preview_options& o, const file_items& file) {
  const catalogue topics{file.topics};
  wish_values wish;
  std::vector<std::string> asked = o.topics;
  if (asked.empty()) {
    for (const auto& t : file.topics) asked.push_back(t.key);
  }
  for (const auto& key : asked) {
    const auto* found = topics.find(key);
    if (found == nullptr) refuse("--topics", key, "a topic of the items in the file");
    choose_frequency(wish.topics, found->number, frequency::digest);
  }
  if (!o.locale.empty()) {
    if (!valid_locale(o.locale)) refuse("--locale", o.locale, "a language tag, for example az-AZ");
    wish.locale = canonical_locale(o.locale);
  }
  if (o.max_items > 0) wish.max_items = static_cast<std::uint8_t>(o.max_items);
  return wish;
}

digest_preview rendered(const configuration& c, const std::string& app, const templates& words,
                        const file_items& file, const wish_values& wish, instant at) {
  asio::io_context loop{1};
  apns::provider_tokens tokens;
  const app_gateway_set gateways{loop, c, tokens};  // they write payloads; nothing is sent
  const paperboy::app_settings settings{gateways.apps().at(app), c.app(app)->link_hosts};
  const net::hmac_seal nobody{preview_secret};
  file_newsroom news{file};
  const preview_request asked = preview_for(settings, wish, at);
  auto shown = asio::co_spawn(loop, paperboy::preview_digest(news, settings, words, nobody, asked),
                              asio::use_future);
  loop.run();
  const auto preview = shown.get();
  if (!preview) throw std::runtime_error("the preview failed: " + preview.error().message());
  return *preview;
}

int digest_preview_of(const preview_options& o) {
  const auto text = file_text(o.items);
  if (!text) {
    std::cerr << "paperboy digest preview: cannot read " << in_quotes(o.items.native())
              << ", a file of at most 32 MiB" << std::endl;
    return exit_no_input;
  }
  const auto settings = load_or_explain(o.config);
  if (!settings) return exit_configuration;
  const auto words = load_templates_or_explain(*settings);
  if (!words) return exit_configuration;

  const auto& app = app_of(*settings, o.app);
  const instant at = instant_of(o.at);
  const auto file = read_items(*text, {app.link_hosts, std::max(at, instant_of({})), {}});
  try {
    const auto shown = rendered(*settings, app.id, *words, file, wish_of(o, file), at);
    std::cout << preview_text(shown, file, {app.name, app.digest.time_zone, o.topics, at})
              << std::flush;
    return exit_good;
  } catch (const net::tls_error& e) {
    std::cerr << e.what() << std::endl;
    return exit_configuration;
  } catch (const net::credential_error& e) {
    std::cerr << e.what() << std::endl;
    return exit_configuration;
  }
}

}  // namespace

void add_digest(CLI::App& program, int& status) {
  auto* group = program.add_subcommand("digest", "Digests without sending any");
  group->require_subcommand(1);
  auto* sub = group->add_subcommand(
      "preview",
      "Chooses and renders a digest from a file of items; sends nothing, needs no Redis");
  sub->footer(
      "Prints the chosen items with their scores, the others with the reason why they are left\n"
      "out, and both payloads as the gateways would get them, but for token, message id and\n"
      "edition id. Chosen and rendered by the code that a run uses, for a reader who follows the\n"
      "topics and has had no digest yet, with the app's defaults, words and payload limits.\n\n"
      "The file is NDJSON as POST /v1/apps/{app}/items takes it. A line that the API would refuse\n"
      "is named and left out. An item counts as arrived when it was published.\n\n"
      "Exit status: 0 rendered, with or without items; 64 a wrong argument; 66 no such file;\n"
      "78 a wrong configuration.\n\n"
      "  paperboy digest preview -c paperboy.toml --items today.ndjson --topics "
      "politics,local/baku\n"
      "    --locale az --at 2026-11-24T04:00:00Z");
  auto o = std::make_shared<preview_options>();
  add_config_option(*sub, o->config);
  sub->add_option("--items", o->items, "Items, a line of JSON each")->required()->type_name("FILE");
  sub->add_option("--topics", o->topics, "Followed; else every topic of the file")
      ->delimiter(',')
      ->type_name("A,B");
  sub->add_option("--locale", o->locale, "Of the reader; else the app's")->type_name("TAG");
  sub->add_option("--at", o->at, "When the slot falls due, RFC 3339; else now")
      ->type_name("INSTANT");
  sub->add_option("--max-items", o->max_items, "At most so many; else the app's")
      ->check(CLI::Range(1, int{max_digest_items}))
      ->type_name("N");
  sub->add_option("--app", o->app, "Needed where the configuration has several")->type_name("ID");
  sub->callback([o, &status] { status = digest_preview_of(*o); });
}

}  // namespace paperboy::command_line
