#include "adapters/command_line/preview_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/domain/notification.hpp"
#include "core/domain/text_time.hpp"
#include "core/domain/zone.hpp"

namespace paperboy::command_line {
namespace {

namespace json = boost::json;

void put(std::string& out, const json::value& v, std::size_t depth) {
  const std::string inner(2 * depth + 2, ' ');
  bool first = true;
  const auto next = [&] {
    out += first ? "\n" : ",\n";
    out += inner;
    first = false;
  };
  const auto close = [&](char bracket) {
    if (!first) out += '\n' + std::string(2 * depth, ' ');
    out += bracket;
  };
  if (v.is_object()) {
    out += '{';
    for (const auto& member : v.get_object()) {
      next();
      out += json::serialize(member.key()) + ": ";
      put(out, member.value(), depth + 1);
    }
    close('}');
  } else if (v.is_array()) {
    out += '[';
    for (const auto& element : v.get_array()) {
      next();
      put(out, element, depth + 1);
    }
    close(']');
  } else {
    out += json::serialize(v);
  }
}

std::string heading(const digest_preview& shown, const preview_frame& frame) {
  const auto z = zone::named(frame.time_zone);
  const auto local = (z ? *z : zone::utc()).at(frame.at);
  const auto clock = format_time_of_day(std::chrono::floor<std::chrono::minutes>(local.time));
  const auto topics = frame.topics.empty() ? std::string{"every topic of the file"}
                                           : fmt::format("{}", fmt::join(frame.topics, ", "));
  return fmt::format("{}, a digest at {} ({} {} in {})\nfor a reader of {}, in {}\n\n",
                     frame.app_name, format_instant(frame.at), to_text(local.date), clock,
                     frame.time_zone, topics, shown.locale);
}

std::string item_line(const digest_preview& shown, std::size_t n, std::string_view before) {
  const item& i = shown.candidates[n];
  return fmt::format("  {}{:>9.3f}  {}  {}\n", before, shown.why[n].score / 1000.0, i.id, i.title);
}

std::string chosen_text(const digest_preview& shown, const file_items& file) {
  if (!shown.chosen.empty()) {
    std::string out = "Chosen, with their scores\n";
    std::size_t place = 0;
    for (const ordinal o : shown.chosen) {
      out += item_line(shown, o, fmt::format("{:>2}. ", ++place));
    }
    return out;
  }
  std::string out = fmt::format("No digest: {}\n", to_text(shown.reason));
  const bool all_old = !shown.why.empty() && std::ranges::all_of(shown.why, [](const auto& why) {
    return why.reason == left_out::old;
  });
  if (all_old) {
    out += fmt::format(
        "All items are older than the app looks back; the newest is from {}. To see\n"
        "the digest of that day, add --at {}\n",
        format_instant(file.items.back().published_at),
        format_instant(std::chrono::ceil<std::chrono::minutes>(file.items.back().published_at +
                                                               std::chrono::minutes{1})));
  }
  return out;
}

std::string others_text(const digest_preview& shown) {
  std::vector<std::size_t> others;
  for (std::size_t n = 0; n < shown.why.size(); ++n) {
    if (shown.why[n].reason != left_out::chosen) others.push_back(n);
  }
  std::ranges::sort(others, [&](std::size_t a, std::size_t b) {
    const auto left = shown.why[a].score;
    const auto right = shown.why[b].score;
    return left != right ? left > right : a < b;
  });
  if (others.empty()) return {};
  std::string out = "\nLeft out\n";
  for (const auto n : others) {
    out += item_line(shown, n, fmt::format("{:<15}", to_text(shown.why[n].reason)));
  }
  return out;
}

// `not_counted`: bytes that the gateway's limit leaves out.
std::string payload_text(std::string_view gateway, const std::string& payload,
                         std::size_t not_counted) {
  if (payload.empty()) return {};
  return fmt::format("\n{}, {} of {} bytes\n{}\n", gateway, payload.size() - not_counted,
                     payload_limit, pretty_json(payload));
}

}  // namespace

std::string pretty_json(std::string_view text) {
  boost::system::error_code wrong;
  const auto value = json::parse({text.data(), text.size()}, wrong);
  if (wrong) return std::string{text};
  std::string out;
  put(out, value, 0);
  return out;
}

std::string preview_text(const digest_preview& shown, const file_items& file,
                         const preview_frame& frame) {
  std::string out = heading(shown, frame);
  for (const auto& line : file.refused) out += "refused, line " + line + '\n';
  if (!file.refused.empty()) out += '\n';
  out += chosen_text(shown, file);
  out += others_text(shown);
  out += payload_text("APNs", shown.apns, 0);
  out += payload_text("FCM without its token", shown.fcm, preview_token.size());
  return out;
}

}  // namespace paperboy::command_line
