#include "adapters/command_line/demo/report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace paperboy::command_line::demo {
namespace {

std::string why_silent(habit h) {
  switch (h) {
    case habit::follows_nothing:
      return "follows nothing";
    case habit::on_holiday:
      return "paused the digest for a week";
    case habit::left:
      return "deleted the registration before the slot";
    case habit::uninstalled:
      return "uninstalled the app";
    case habit::reads:
      break;
  }
  return "follows topics without news";
}

// The first push to a phone that its gateway took.
const simulators::received_push* taken_by(const evidence& all, const demo_phone& phone) {
  for (const auto* push : pushes_to(all, phone)) {
    if (push->taken) return push;
  }
  return nullptr;
}

}  // namespace

void report::tell() {
  phones();
  opened_edition();
  silences();
  ledger();
}

void report::phones() {
  out_.heading("What the phones show");
  for (const auto& phone : all_.phones) {
    for (const auto* push : pushes_to(all_, phone)) {
      if (!push->taken) continue;
      const auto shown = read_payload(phone.owner->system, push->payload);
      const auto items = api_.edition(phone, shown.edition);
      out_.block(shown_phone(phone, *push, due_, items.size(), out_.colour()));
    }
  }
}

void report::opened_edition() {
  for (const auto& phone : all_.phones) {
    const auto* push = taken_by(all_, phone);
    if (push == nullptr) continue;
    const auto shown = read_payload(phone.owner->system, push->payload);
    out_.heading(fmt::format("{} taps it: GET /v1/editions/{}…", phone.owner->name,
                             shown.edition.substr(0, 12)));
    out_.block(shown_edition(api_.edition(phone, shown.edition), out_.colour()));
    return;
  }
}

void report::silences() {
  out_.heading("Who got nothing, and what the API says of it");
  for (const auto& phone : all_.phones) {
    if (is_owed_a_digest(phone)) continue;
    const auto h = phone.owner->before_the_slot;
    auto said = h == habit::left ? std::string{} : api_.slot_of(phone, all_.run.id);
    if (said.empty()) said = "not in the run";
    if (!api_.knows(phone)) said += "; the credential no longer counts";
    out_.line(phone.owner->name, why_silent(h) + ": " + said);
  }
}

void report::ledger() {
  std::size_t taken = 0;
  std::chrono::system_clock::time_point last = due_;
  for (const auto& push : all_.pushes) {
    if (!push.taken) continue;
    ++taken;
    last = std::max(last, push.at);
  }
  const auto late = std::chrono::duration_cast<std::chrono::milliseconds>(last - due_);
  out_.heading(fmt::format("The run {}, counted in devices", all_.run.id));
  out_.block(shown_ledger(all_.run));
  out_.block(
      fmt::format("  The gateways took {} and refused {}; the last came {} ms after the slot.\n",
                  taken, all_.pushes.size() - taken, late.count()));
}

std::vector<std::string> report::still_known() const {
  std::vector<std::string> known;
  for (const auto& phone : all_.phones) {
    const habit h = phone.owner->before_the_slot;
    if ((h == habit::left || h == habit::uninstalled) && api_.knows(phone)) {
      known.push_back(fmt::format("the credential of {} still counts", phone.owner->name));
    }
  }
  return known;
}

bool report::check() {
  out_.heading("Checked");
  const auto digests = wrong_digests(all_);
  const auto silences = wrong_silences(all_);
  const auto numbers = wrong_numbers(all_);
  const auto known = still_known();
  out_.checked("each digest is what its preview said, to the byte but for ids and expiry", digests);
  out_.checked("each came once, and nobody else got anything", silences);
  out_.checked("the ledger balances, and agrees with the previews and the gateways", numbers);
  out_.checked("who deleted the registration or the app is forgotten", known);
  return digests.empty() && silences.empty() && numbers.empty() && known.empty();
}

}  // namespace paperboy::command_line::demo
