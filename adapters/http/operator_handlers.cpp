#include "adapters/http/operator_handlers.hpp"

#include <utility>

#include "adapters/http/problem.hpp"
#include "embedded/openapi.hpp"

namespace paperboy::http {

std::string_view openapi_text() noexcept {
  return embedded::openapi().front().text;
}

void bind_openapi(handlers& to) {
  to.bind("get_openapi", [](context&, const request&) -> task<answer> {
    answer a = answer::json(200, std::string(openapi_text()));
    a.set("Cache-Control", "public, max-age=300");
    co_return a;
  });
}

void bind_operator_handlers(handlers& to, const metrics_registry& numbers, readiness_check ready) {
  to.bind("get_health", [](context&, const request&) -> task<answer> {
    co_return answer::json(200, R"({"status":"ok"})");
  });
  to.bind("get_readiness", [ready = std::move(ready)](context&, const request&) -> task<answer> {
    std::optional<std::string> reason = co_await ready();
    if (!reason) co_return answer::json(200, R"({"status":"ready"})");
    co_return to_answer({503, "not-ready", std::move(*reason), {}});
  });
  to.bind("get_metrics", [&numbers](context&, const request&) -> task<answer> {
    co_return answer(200, "text/plain; version=0.0.4; charset=utf-8", numbers.text());
  });
}

}  // namespace paperboy::http
