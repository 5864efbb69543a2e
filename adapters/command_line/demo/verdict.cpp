#include "adapters/command_line/demo/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <initializer_list>

namespace paperboy::command_line::demo {
namespace {

namespace json = boost::json;

json::value parsed(std::string_view text) {
  boost::system::error_code wrong;
  auto value = json::parse({text.data(), text.size()}, wrong);
  return wrong ? json::value{} : value;
}

// The member behind a path of names, or nothing.
template <class Value>
Value* find(Value& root, std::initializer_list<std::string_view> path) {
  Value* at = &root;
  for (const auto name : path) {
    auto* object = at->if_object();
    at = object == nullptr ? nullptr : object->if_contains({name.data(), name.size()});
    if (at == nullptr) return nullptr;
  }
  return at;
}

std::string text_at(const json::value& root, std::initializer_list<std::string_view> path) {
  const auto* value = find(root, path);
  return value == nullptr || !value->is_string() ? std::string{} : std::string{value->get_string()};
}

void blank(json::value& root, std::initializer_list<std::string_view> path) {
  if (auto* value = find(root, path)) *value = nullptr;
}

std::string without_ids(platform p, std::string_view payload) {
  json::value value = parsed(payload);
  if (p == platform::ios) {
    blank(value, {"paperboy", "id"});
    blank(value, {"paperboy", "edition"});
  } else {
    blank(value, {"message", "token"});
    blank(value, {"message", "data", "paperboy_id"});
    blank(value, {"message", "data", "paperboy_edition"});
    blank(value, {"message", "android", "ttl"});
  }
  return json::serialize(value);
}

bool uninstalled(const demo_phone& phone) noexcept {
  return phone.owner->before_the_slot == habit::uninstalled;
}

// Whose run counted it: everybody but those who left before.
bool is_eligible(const demo_phone& phone) noexcept {
  return phone.owner->before_the_slot != habit::left;
}

void expect(std::vector<std::string>& wrong, std::string_view what, std::uint64_t found,
            std::uint64_t wanted) {
  if (found != wanted) wrong.push_back(fmt::format("{} is {}, not {}", what, found, wanted));
}

}  // namespace

shown_push read_payload(platform p, std::string_view payload) {
  const json::value value = parsed(payload);
  if (p == platform::ios) {
    return {text_at(value, {"aps", "alert", "title"}), text_at(value, {"aps", "alert", "body"}),
            text_at(value, {"paperboy", "url"}), text_at(value, {"paperboy", "image"}),
            text_at(value, {"paperboy", "edition"})};
  }
  return {text_at(value, {"message", "notification", "title"}),
          text_at(value, {"message", "notification", "body"}),
          text_at(value, {"message", "data", "paperboy_url"}),
          text_at(value, {"message", "notification", "image"}),
          text_at(value, {"message", "data", "paperboy_edition"})};
}

bool same_but_for_ids(platform p, std::string_view one, std::string_view other) {
  return without_ids(p, one) == without_ids(p, other);
}

std::vector<const simulators::received_push*> pushes_to(const evidence& e,
                                                        const demo_phone& phone) {
  std::vector<const simulators::received_push*> found;
  for (const auto& push : e.pushes) {
    if (push.token == phone.push_token) found.push_back(&push);
  }
  return found;
}

bool is_owed_a_digest(const demo_phone& phone) noexcept {
  return is_eligible(phone) && !uninstalled(phone) && !phone.promised.empty();
}

std::vector<std::string> wrong_digests(const evidence& e) {
  std::vector<std::string> wrong;
  for (const auto& phone : e.phones) {
    const auto name = phone.owner->name;
    if (phone.owner->before_the_slot == habit::reads && phone.promised.empty()) {
      wrong.push_back(fmt::format("{} was promised nothing: {}", name, phone.reason));
    }
    if (!is_owed_a_digest(phone)) continue;
    const auto pushes = pushes_to(e, phone);
    const auto taken = std::ranges::count_if(pushes, [](const auto* p) { return p->taken; });
    if (pushes.size() != 1 || taken != 1) {
      wrong.push_back(
          fmt::format("{} got {} digests of {} tried, not one", name, taken, pushes.size()));
    } else if (!same_but_for_ids(phone.owner->system, phone.promised, pushes.front()->payload)) {
      wrong.push_back(fmt::format("{} got another digest than the preview said", name));
    }
  }
  return wrong;
}

std::vector<std::string> wrong_silences(const evidence& e) {
  std::vector<std::string> wrong;
  for (const auto& phone : e.phones) {
    if (is_owed_a_digest(phone)) continue;
    const auto pushes = pushes_to(e, phone);
    const bool refused_once = uninstalled(phone) && pushes.size() == 1 && !pushes.front()->taken;
    if (!pushes.empty() && !refused_once) {
      wrong.push_back(fmt::format("{} pushes went to {}", pushes.size(), phone.owner->name));
    }
  }
  for (const auto& push : e.pushes) {
    const bool known = std::ranges::any_of(
        e.phones, [&](const auto& phone) { return phone.push_token == push.token; });
    if (!known) wrong.emplace_back("a push went to a phone that nobody registered");
  }
  return wrong;
}

std::vector<std::string> wrong_numbers(const evidence& e) {
  std::uint64_t eligible = 0;
  std::uint64_t owed = 0;
  std::uint64_t dead = 0;
  std::map<std::string, std::uint64_t> reasons;
  for (const auto& phone : e.phones) {
    if (!is_eligible(phone)) continue;
    ++eligible;
    if (is_owed_a_digest(phone)) {
      ++owed;
    } else if (phone.promised.empty()) {
      ++reasons[phone.reason];
    } else {
      ++dead;
    }
  }
  const auto taken = std::ranges::count_if(e.pushes, [](const auto& p) { return p.taken; });

  std::vector<std::string> wrong;
  if (!e.run.balanced()) wrong.emplace_back("the ledger does not balance");
  if (e.run.state != "done") wrong.push_back("the run is " + e.run.state + ", not done");
  expect(wrong, "eligible", e.run.eligible, eligible);
  expect(wrong, "accepted", e.run.accepted, owed);
  expect(wrong, "accepted against what the gateways took", e.run.accepted,
         static_cast<std::uint64_t>(taken));
  expect(wrong, "rejected", e.run.rejected, dead);
  expect(wrong, "rejected against what the gateways refused", e.run.rejected,
         e.pushes.size() - static_cast<std::uint64_t>(taken));
  expect(wrong, "expired", e.run.expired, 0);
  expect(wrong, "pending", e.run.pending, 0);
  if (e.run.skipped != reasons) wrong.emplace_back("the reasons are not those of the previews");
  return wrong;
}

}  // namespace paperboy::command_line::demo
