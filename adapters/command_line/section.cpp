#include "adapters/command_line/section.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>

namespace paperboy::command_line {
namespace {

constexpr std::size_t edit_distance_limit = 64;

// Levenshtein's, over at most edit_distance_limit bytes of each.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  a = a.substr(0, edit_distance_limit);
  b = b.substr(0, edit_distance_limit);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row.back();
}

std::optional<std::int64_t> parse_integer(std::string_view text) noexcept {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string write_example(std::string_view example) {
  return fmt::format("write for example \"{}\"", example);
}

struct unit {
  char letter;
  std::int64_t seconds;
};
constexpr std::array<unit, 4> units{{{'d', 86'400}, {'h', 3'600}, {'m', 60}, {'s', 1}}};
constexpr std::int64_t longest_span = std::int64_t{3'650} * 86'400;

}  // namespace

std::optional<std::chrono::seconds> parse_span(std::string_view text) noexcept {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  auto from = units.begin();
  while (!text.empty()) {
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto count = parse_integer(text.substr(0, digits));
    if (!count || digits == text.size() || *count > longest_span) return std::nullopt;
    const auto found =
        std::find_if(from, units.end(), [&](const unit& u) { return u.letter == text[digits]; });
    if (found == units.end()) return std::nullopt;
    total += *count * found->seconds;
    if (total > longest_span) return std::nullopt;
    from = found + 1;
    text.remove_prefix(digits + 1);
  }
  return std::chrono::seconds{total};
}

std::string format_span(std::chrono::seconds span) {
  std::int64_t left = span.count();
  if (left == 0) return "0s";
  std::string text;
  for (const unit& u : units) {
    if (left >= u.seconds) text += fmt::format("{}{}", left / u.seconds, u.letter);
    left %= u.seconds;
  }
  return text;
}

std::string_view nearest(std::string_view text, const std::vector<std::string>& names) {
  std::string_view best;
  std::size_t least = std::max<std::size_t>(2, text.size() / 3) + 1;
  for (const std::string& name : names) {
    const std::size_t distance = edit_distance(text, name);
    if (distance < least) {
      least = distance;
      best = name;
    }
  }
  return best;
}

void findings::add(weight w, const origin& from, std::string key, std::string wrong,
                   std::string remedy) {
  finding f{w, {}};
  f.error.line = from.line;
  f.error.variable = from.variable;
  f.error.key = std::move(key);
  f.error.wrong = std::move(wrong);
  f.error.remedy = std::move(remedy);
  found_.push_back(std::move(f));
}

configuration_error findings::first() const {
  return std::min_element(found_.begin(), found_.end(),
                          [](const finding& a, const finding& b) {
                            return std::pair{a.how, a.error.line} < std::pair{b.how, b.error.line};
                          })
      ->error;
}

section::section(const node* table, std::string heading, const origin& from, findings& wrong)
    : table_{table}, heading_{std::move(heading)}, from_{from}, wrong_{&wrong} {
  if (table_ == nullptr) return;
  from_ = table_->from;
  if (table_->what == node::kind::table) return;
  wrong_->add(findings::weight::wrong_value, from_, heading_,
              fmt::format("is {}, not a table", table_->kind_name()),
              fmt::format("write {} on a line of its own, and its keys below", heading_));
  table_ = nullptr;
}

const node* section::value(std::string_view key) const noexcept {
  return table_ == nullptr ? nullptr : table_->find(key);
}

const node* section::known(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  return value(key);
}

std::string section::name_of(std::string_view key) const {
  return heading_.empty() ? std::string{key} : fmt::format("{} {}", heading_, key);
}

void section::add(const origin& from, std::string_view key, std::string what, std::string remedy) {
  wrong_->add(findings::weight::wrong_value, from, name_of(key), std::move(what),
              std::move(remedy));
}

void section::refuse(const origin& from, std::string_view key, std::string_view shown,
                     std::string_view what, std::string remedy) {
  add(from, key, fmt::format("{} is not {}", shown, what), std::move(remedy));
}

std::optional<std::string> section::text_of(std::string_view key, std::string remedy) {
  const node* n = known(key);
  if (n == nullptr) return std::nullopt;
  if (n->what == node::kind::string || n->what == node::kind::variable) return n->text;
  add(n->from, key, fmt::format("is {}, not a text", n->kind_name()), std::move(remedy));
  return std::nullopt;
}

std::optional<std::vector<section::item>> section::items_of(std::string_view key,
                                                            std::string_view example) {
  const node* n = known(key);
  if (n == nullptr) return std::nullopt;
  std::vector<item> items;
  if (n->what == node::kind::variable) {
    for (std::string_view rest = n->text; !trimmed(rest).empty();) {
      const auto comma = std::min(rest.find(','), rest.size());
      items.push_back({std::string{trimmed(rest.substr(0, comma))}, n->from});
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    return items;
  }
  const std::string remedy = fmt::format("write for example [\"{}\"]", example);
  if (n->what != node::kind::array) {
    add(n->from, key, fmt::format("is {}, not a list", n->kind_name()), remedy);
    return std::nullopt;
  }
  for (const node& i : n->items) {
    if (i.what != node::kind::string && i.what != node::kind::variable) {
      add(i.from, key, fmt::format("holds {}, not a text", i.kind_name()), remedy);
      return std::nullopt;
    }
    items.push_back({i.text, i.from});
  }
  return items;
}

std::optional<std::int64_t> section::number_of(std::string_view key, std::uint32_t least,
                                               std::uint32_t most) {
  const node* n = known(key);
  if (n == nullptr) return std::nullopt;
  const std::string remedy = fmt::format("write a number from {} to {}", least, most);
  std::optional<std::int64_t> number;
  if (n->what == node::kind::integer) number = n->integer;
  if (n->what == node::kind::variable) number = parse_integer(n->text);
  if (!number) {
    add(n->from, key,
        n->what == node::kind::variable
            ? fmt::format("{} is not a whole number", in_quotes(n->text))
            : fmt::format("is {}, not a whole number", n->kind_name()),
        remedy);
    return std::nullopt;
  }
  if (*number < least || *number > most) {
    add(n->from, key, fmt::format("{} is out of range", *number), remedy);
    return std::nullopt;
  }
  return number;
}

void section::duration(std::string_view key, std::chrono::seconds& into, std::chrono::seconds least,
                       std::chrono::seconds most) {
  const auto given = text_of(key, write_example(format_span(into)));
  if (!given) return;
  const origin& from = value(key)->from;
  const auto span = parse_span(*given);
  if (!span) {
    refuse(from, key, in_quotes(*given), "a duration in d, h, m and s",
           write_example(format_span(into)));
  } else if (*span < least || *span > most) {
    add(from, key, fmt::format("{} is out of range", in_quotes(*given)),
        fmt::format("write \"{}\" to \"{}\"", format_span(least), format_span(most)));
  } else {
    into = *span;
  }
}

void section::path(std::string_view key, std::filesystem::path& into,
                   const std::filesystem::path& base) {
  const auto given = text_of(key, "write the path of a file");
  if (!given) return;
  if (given->empty() || given->find('\0') != std::string::npos) {
    refuse(value(key)->from, key, in_quotes(*given), "a path", "write the path of a file");
    return;
  }
  into = (base / *given).lexically_normal();
}

section section::table(std::string_view key, std::string heading) {
  return section{known(key), std::move(heading), from_, *wrong_};
}

std::vector<section> section::tables(std::string_view key, const std::string& heading) {
  std::vector<section> found;
  const node* n = known(key);
  if (n == nullptr) return found;
  if (n->what != node::kind::array) {
    wrong_->add(findings::weight::wrong_value, n->from, heading,
                fmt::format("is {}, not a list of tables", n->kind_name()),
                fmt::format("write {} with two brackets on a line of its own", heading));
    return found;
  }
  for (const node& item : n->items) found.emplace_back(&item, heading, from_, *wrong_);
  return found;
}

void section::wrong(std::string_view key, std::string what, std::string remedy) {
  const node* n = value(key);
  add(n == nullptr ? from_ : n->from, key, std::move(what), std::move(remedy));
}

void section::wrong_item(std::string_view key, std::size_t index, std::string what,
                         std::string remedy) {
  const node* n = value(key);
  const bool listed = n != nullptr && index < n->items.size();
  add(listed         ? n->items[index].from
      : n == nullptr ? from_
                     : n->from,
      key, std::move(what), std::move(remedy));
}

void section::missing(std::string_view key, std::string remedy) {
  wrong_->add(findings::weight::missing_key, from_, name_of(key), "is missing", std::move(remedy));
}

void section::finish() {
  if (table_ == nullptr) return;
  for (const member& m : table_->members) {
    if (std::find(known_.begin(), known_.end(), m.key) != known_.end()) continue;
    const std::string_view meant = nearest(m.key, known_);
    const bool section_named = m.value.what == node::kind::table ||
                               (m.value.what == node::kind::array && !m.value.items.empty() &&
                                m.value.items.front().what == node::kind::table);
    const std::string shown = in_quotes(m.key);
    wrong_->add(findings::weight::unknown_key, m.value.from,
                name_of(std::string_view{shown}.substr(1, shown.size() - 2)),
                section_named ? "is not a section that Paperboy knows"
                              : "is not a setting that Paperboy knows",
                meant.empty() ? fmt::format("known here: {}", fmt::join(known_, ", "))
                              : fmt::format("did you mean {}?", in_quotes(meant)));
  }
}

}  // namespace paperboy::command_line
