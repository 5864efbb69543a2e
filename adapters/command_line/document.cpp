#include "adapters/command_line/document.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

namespace paperboy::command_line {
namespace {

constexpr std::string_view prefix = "PAPERBOY_";

bool all_digits(std::string_view text) noexcept {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

node tree_of(const toml::node& from) {
  node n;
  n.from.line = static_cast<int>(from.source().begin.line);
  if (const auto* table = from.as_table()) {
    for (const auto& [key, value] : *table) {
      n.members.push_back({std::string{key.str()}, tree_of(value)});
      // A value may begin on a later line than its key; people look for the key.
      n.members.back().value.from.line = static_cast<int>(key.source().begin.line);
    }
    // toml++ sorts by name; messages and defaults follow the file.
    std::sort(n.members.begin(), n.members.end(), [](const member& a, const member& b) {
      return std::tie(a.value.from.line, a.key) < std::tie(b.value.from.line, b.key);
    });
  } else if (const auto* array = from.as_array()) {
    n.what = node::kind::array;
    for (const auto& item : *array) n.items.push_back(tree_of(item));
  } else if (const auto* text = from.as_string()) {
    n.what = node::kind::string;
    n.text = text->get();
  } else if (const auto* integer = from.as_integer()) {
    n.what = node::kind::integer;
    n.integer = integer->get();
  } else if (const auto* boolean = from.as_boolean()) {
    n.what = node::kind::boolean;
    n.boolean = boolean->get();
  } else {
    n.what = node::kind::other;
  }
  return n;
}

// toml++ repeats a number that is too long; what stands in the file may be a secret without quotes.
std::string without_values(std::string_view description) {
  if (description.find("not representable") != std::string_view::npos) {
    return "a number does not fit in 64 bits";
  }
  constexpr std::string_view lead = "Error while ";
  if (description.starts_with(lead)) description.remove_prefix(lead.size());
  std::string text;
  for (const char c : description) text += c >= ' ' && c < '\x7f' ? c : '?';
  return text;
}

std::string_view remedy_for(std::string_view description) noexcept {
  const auto says = [description](std::string_view part) {
    return description.find(part) != std::string_view::npos;
  };
  if (says("redefine")) return "write it once";
  if (says("determine value type") || says("parsing floating-point") || says("parsing decimal") ||
      says("parsing boolean") || says("parsing time") || says("parsing date")) {
    return "write text between double quotes";
  }
  if (says("escape sequence")) return "write a backslash twice, or use single quotes";
  if (says("utf-8")) return "save the file as UTF-8";
  return "correct the syntax (TOML 1.0, https://toml.io)";
}

// The section and the key that a line of a file with wrong syntax belongs to, as messages name
// them; what does not look like a plain key is left out, for it may be part of a value.
std::string key_on_line(std::string_view toml, int line) {
  constexpr std::string_view key_characters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-. \t";
  std::string heading;
  for (int at = 1; at <= line && !toml.empty(); ++at) {
    const auto end = std::min(toml.find('\n'), toml.size());
    const std::string_view text = toml.substr(0, end);
    toml.remove_prefix(std::min(end + 1, toml.size()));
    if (at < line) {
      const auto close = text.rfind(']');
      if (text.starts_with('[') && close != std::string_view::npos) {
        heading = text.substr(0, close + 1);
      }
      continue;
    }
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) break;
    std::string_view key = text.substr(0, equals);
    if (key.find_first_not_of(key_characters) != std::string_view::npos) break;
    while (key.ends_with(' ')) key.remove_suffix(1);
    while (key.starts_with(' ')) key.remove_prefix(1);
    const std::string name =
        in_quotes(heading.empty() ? std::string{key} : fmt::format("{} {}", heading, key));
    return name.substr(1, name.size() - 2);
  }
  return {};
}

struct override_path {
  std::vector<std::string> keys;
  const std::string* name = nullptr;
  const std::string* value = nullptr;
};

// Indexes by number, so that 2 comes before 10.
bool earlier(const override_path& a, const override_path& b) {
  return std::lexicographical_compare(a.keys.begin(), a.keys.end(), b.keys.begin(), b.keys.end(),
                                      [](const std::string& x, const std::string& y) {
                                        if (all_digits(x) && all_digits(y) && x.size() != y.size())
                                          return x.size() < y.size();
                                        return x < y;
                                      });
}

// "HTTP__LISTEN" -> http, listen. No keys where a part is empty.
std::vector<std::string> keys_of(std::string_view name) {
  std::vector<std::string> keys;
  while (true) {
    const auto end = name.find("__");
    std::string key{name.substr(0, end)};
    if (key.empty()) return {};
    std::transform(key.begin(), key.end(), key.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    keys.push_back(std::move(key));
    if (end == std::string_view::npos) return keys;
    name.remove_prefix(end + 2);
  }
}

configuration_error blame(const override_path& path, std::string wrong, std::string remedy) {
  configuration_error e;
  e.variable = *path.name;
  e.wrong = std::move(wrong);
  e.remedy = std::move(remedy);
  return e;
}

// The child of `at` that `key` names, made if it is the next; an error if it cannot be there.
std::variant<node*, configuration_error> descend(node& at, const override_path& path,
                                                 const std::string& key, node::kind made_as) {
  node fresh;
  fresh.what = made_as;
  fresh.from.variable = *path.name;
  if (at.what == node::kind::table) {
    if (node* found = at.find(key)) return found;
    at.members.push_back({key, std::move(fresh)});
    return &at.members.back().value;
  }
  if (at.what != node::kind::array) {
    return blame(path, "a value is named inside something that is not a table",
                 "name a key of a table, as in PAPERBOY_HTTP__LISTEN");
  }
  std::size_t index = 0;
  if (!all_digits(key) ||
      std::from_chars(key.data(), key.data() + key.size(), index).ec != std::errc{} ||
      index > at.items.size()) {
    return blame(path, fmt::format("{} is not an index here", in_quotes(key)),
                 fmt::format("write a number from 0 to {}", at.items.size()));
  }
  if (index == at.items.size()) at.items.push_back(std::move(fresh));
  return &at.items[index];
}

std::optional<configuration_error> set(node& root, const override_path& path) {
  node* at = &root;
  for (std::size_t i = 0; i < path.keys.size(); ++i) {
    const bool last = i + 1 == path.keys.size();
    const auto made_as = last                           ? node::kind::variable
                         : all_digits(path.keys[i + 1]) ? node::kind::array
                                                        : node::kind::table;
    auto child = descend(*at, path, path.keys[i], made_as);
    if (auto* error = std::get_if<configuration_error>(&child)) return std::move(*error);
    at = std::get<node*>(child);
  }
  node value;
  value.what = node::kind::variable;
  value.from.variable = *path.name;
  value.text = *path.value;
  *at = std::move(value);
  return std::nullopt;
}

}  // namespace

const node* node::find(std::string_view key) const noexcept {
  for (const member& m : members) {
    if (m.key == key) return &m.value;
  }
  return nullptr;
}

node* node::find(std::string_view key) noexcept {
  return const_cast<node*>(std::as_const(*this).find(key));
}

std::string_view node::kind_name() const noexcept {
  switch (what) {
    case kind::table:
      return "a table";
    case kind::array:
      return "a list";
    case kind::string:
      return "a text";
    case kind::integer:
      return "a number";
    case kind::boolean:
      return "true or false";
    case kind::other:
      return "a date, time or fraction";
    case kind::variable:
      return "a text";
  }
  return "a value";
}

std::variant<node, configuration_error> parse_document(std::string_view text) {
  try {
    return tree_of(toml::parse(text));
  } catch (const toml::parse_error& error) {
    configuration_error e;
    e.line = static_cast<int>(error.source().begin.line);
    e.key = key_on_line(text, e.line);
    e.wrong = without_values(error.description());
    e.remedy = remedy_for(error.description());
    return e;
  }
}

std::optional<configuration_error> lay_over(node& root, const environment_variables& variables) {
  std::vector<override_path> paths;
  for (const auto& [name, value] : variables) {
    override_path path{keys_of(std::string_view{name}.substr(prefix.size())), &name, &value};
    if (path.keys.empty()) {
      return blame(path, "this variable names no setting",
                   "write PAPERBOY_, the section, two underscores and the key");
    }
    paths.push_back(std::move(path));
  }
  std::sort(paths.begin(), paths.end(), earlier);
  for (const override_path& path : paths) {
    if (auto error = set(root, path)) return error;
  }
  return std::nullopt;
}

environment_variables paperboy_variables(const char* const* environ_block) {
  environment_variables found;
  for (; environ_block != nullptr && *environ_block != nullptr; ++environ_block) {
    const std::string_view entry{*environ_block};
    const auto equals = entry.find('=');
    if (!entry.starts_with(prefix) || equals == std::string_view::npos) continue;
    found.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return found;
}

std::string in_quotes(std::string_view text, std::size_t longest) {
  std::string shown = "\"";
  for (const char c : text.substr(0, longest)) {
    if (c == '"' || c == '\\') {
      shown += '\\';
      shown += c;
    } else if (c >= ' ' && c < '\x7f') {
      shown += c;
    } else {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  shown += text.size() > longest ? "...\"" : "\"";
  return shown;
}

}  // namespace paperboy::command_line
