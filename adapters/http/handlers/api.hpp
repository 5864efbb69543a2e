#pragma once

#include <functional>

#include "adapters/http/service.hpp"
#include "core/domain/credential.hpp"
#include "core/domain/seal.hpp"
#include "core/domain/templates.hpp"
#include "core/flows/app_settings.hpp"
#include "core/ports/audience_survey.hpp"
#include "core/ports/instant_history.hpp"
#include "core/ports/newsroom.hpp"
#include "core/ports/notification_desk.hpp"
#include "core/ports/roster.hpp"
#include "core/ports/run_book.hpp"

namespace paperboy::http {

// What the public interface works with. One for each thread that serves it; everything referred to
// belongs to that thread, but for what is immutable, and outlives the handlers.
struct api_parts {
  roster& people;
  newsroom& news;
  run_book& runs;
  notification_desk& desk;
  instant_history& history;
  audience_survey& audience;
  const device_credentials& credentials;
  const seal& installation;  // what editions are sealed with
  const templates& words;
  const app_directory& apps;
  std::function<instant()> now;
};

// Binds the handlers of every route under /v1.
void bind_handlers(handlers& to, const api_parts& parts);

}  // namespace paperboy::http
