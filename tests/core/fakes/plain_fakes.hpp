#pragma once

#include <map>
#include <string>

#include "core/domain/seal.hpp"
#include "core/ports/audience_survey.hpp"
#include "core/ports/gateway.hpp"
#include "core/ports/instant_history.hpp"

namespace paperboy::testing {

// A MAC that is none, but differs with every byte: FNV-1a, twice.
class fake_seal final : public seal {
 public:
  mac sign(std::string_view purpose, std::string_view bytes) const override;
};

// Counts what a test put in: choices of subscribers, each with one ios device.
class fake_audience final : public audience_survey {
 public:
  task<result<audience_size>> count(const std::string& app,
                                    const std::function<bool(const choices&)>& wanted) override;

  std::multimap<std::string, choices> said;  // by app
};

// What a test says that readers were told at once.
class fake_history final : public instant_history {
 public:
  task<result<std::vector<told_item>>> told(const std::string&, instant, instant) override {
    co_return items;
  }
  task<result<std::vector<had_item>>> had_by(const stored_subscriber& s) override {
    co_return had[s.value.id];
  }

  std::vector<told_item> items;
  std::map<subscriber_id, std::vector<had_item>> had;
};

// Sends nothing. Its payload names all that a notification says.
class fake_gateway final : public gateway {
 public:
  std::shared_ptr<const prepared_message> prepare(const notification& n) override;
  void send(const push&, answer_sink&) override {}
  std::string payload(const notification& n, std::string_view token, const message_id& id,
                      std::chrono::seconds time_to_live) const override;
  bool credential_stopped() const noexcept override { return false; }
};

}  // namespace paperboy::testing
