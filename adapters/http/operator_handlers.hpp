#pragma once

#include <functional>
#include <optional>
#include <string>

#include "adapters/http/metrics_registry.hpp"
#include "adapters/http/service.hpp"
#include "core/task.hpp"

namespace paperboy::http {

// None: the process can serve. Else one sentence that says why not. Has limits of its own.
using readiness_check = std::function<task<std::optional<std::string>>()>;

// Binds get_openapi.
void bind_openapi(handlers& to);

// Binds get_health, get_readiness and get_metrics. `numbers` outlives the handlers.
void bind_operator_handlers(handlers& to, const metrics_registry& numbers, readiness_check ready);

// The interface as it is served: OpenAPI 3.1.
std::string_view openapi_text() noexcept;

}  // namespace paperboy::http
