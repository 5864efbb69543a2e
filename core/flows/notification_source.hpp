#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/domain/notification_order.hpp"
#include "core/domain/zone.hpp"
#include "core/flows/message_source.hpp"
#include "core/flows/outbox.hpp"

namespace paperboy {

// One notification for everybody of its audience, rendered once a language. Belongs to one thread.
class notification_source final : public message_source {
 public:
  // `at`: when it was due. `has_item`: the readers' next digests need not tell it again.
  notification_source(const app_context& app, instant at, notification_order order,
                      std::string run, bool has_item, std::shared_ptr<const catalogue> topics,
                      std::function<wish_values(std::string_view)> read_wish);

  judgement judge(const part_of_run& part, const reader& who, std::string_view wish,
                  instant now) override;
  judgement judge(const part_of_run& part, const reader& who, const wish_values& wish,
                  instant now) override;
  instant expires_at(const part_of_run& part) const override;
  std::optional<part_of_run> part_of(const retry_entry& entry) const override;
  bool urgent() const noexcept override { return true; }
  bool remembered() const noexcept override { return has_item_; }

 private:
  // What the wish alone decides: the same bytes, the same answer.
  struct wanted {
    const edition* text = nullptr;  // nullptr: not of the audience
  };
  wanted decide(const wish_values& wish);
  bool meant(const choices& said) const;
  const edition* edition_for(const std::string& locale);
  judgement judge(const part_of_run& part, const reader& who, const wanted& w, instant now);
  const zone* zone_of(std::string_view cohort);

  const app_context& app_;
  instant at_;
  notification_order order_;
  std::string run_;
  bool has_item_;
  bool passes_quiet_hours_;
  std::vector<const topic*> topics_;  // of the audience; those that are left in the catalogue
  std::shared_ptr<const catalogue> catalogue_;
  std::function<wish_values(std::string_view)> read_wish_;
  std::map<std::string, wanted, std::less<>> decisions_;
  std::map<std::string, std::unique_ptr<edition>, std::less<>> editions_;  // by language and locale
  std::map<std::string, std::optional<zone>, std::less<>> zones_;          // by cohort
};

}  // namespace paperboy
