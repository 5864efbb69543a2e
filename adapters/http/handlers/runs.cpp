#include <charconv>

#include "adapters/http/handlers/bind.hpp"
#include "adapters/http/wire/run_json.hpp"

namespace paperboy::http::handling {
namespace {

constexpr std::size_t default_page = 50;
constexpr std::size_t most_a_page = 200;
constexpr std::size_t cursor_limit = 256;  // bytes

struct page_request {
  std::string kind;  // empty: all
  std::size_t limit = default_page;
  std::string cursor;
};

problem bad_parameter(std::string_view slug, std::string_view detail) {
  return {422, std::string(slug), std::string(detail), {}};
}

std::optional<std::size_t> read_limit(std::string_view text) noexcept {
  std::size_t limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return limit >= 1 && limit <= most_a_page ? std::optional(limit) : std::nullopt;
}

std::optional<problem> read_page(const request& r, page_request& page) {
  if (const auto kind = r.query("kind")) {
    if (*kind != "digest" && *kind != "notification") {
      return bad_parameter("unknown-kind", "`kind` is digest or notification.");
    }
    page.kind = *kind;
  }
  if (const auto text = r.query("limit")) {
    const auto limit = read_limit(*text);
    if (!limit) return bad_parameter("out-of-range", "`limit` is a number from 1 to 200.");
    page.limit = *limit;
  }
  if (const auto cursor = r.query("cursor")) {
    if (cursor->empty() || cursor->size() > cursor_limit) {
      return bad_parameter("invalid-cursor", "Send the `next` of the page before.");
    }
    page.cursor = *cursor;
  }
  return std::nullopt;
}

}  // namespace

task<answer> list_runs(api_state& api, const context&, const request& r) {
  const auto* app = api.app_of(r);
  if (app == nullptr) co_return absent();
  page_request asked;
  if (const auto wrong = read_page(r, asked)) co_return to_answer(*wrong);
  const auto page =
      co_await api.parts.runs.list(app->context.id, asked.kind, asked.limit, asked.cursor);
  if (!page && page.error() == errc::invalid) {
    co_return to_answer(bad_parameter("invalid-cursor", "Send the `next` of the page before."));
  }
  if (!page) co_return failure(page.error());
  co_return answer::json(200, write_runs(*page));
}

task<answer> get_run(api_state& api, const context&, const request& r) {
  const auto* app = api.app_of(r);
  if (app == nullptr) co_return absent();
  const std::string id(r.parameter("run_id"));
  const auto found = co_await api.parts.runs.find(app->context.id, id);
  if (!found) co_return failure(found.error());
  co_return answer::json(200, write_run(*found));
}

}  // namespace paperboy::http::handling
