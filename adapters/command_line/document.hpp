#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "adapters/command_line/configuration.hpp"

namespace paperboy::command_line {

// Where a value was written.
struct origin {
  int line = 0;
  std::string variable;  // set: an environment variable, and no line
};

struct member;

// A configuration file as a tree that remembers where everything stood, with the environment's
// values laid over it. An environment value is text, whatever type it stands for.
struct node {
  enum class kind : std::uint8_t { table, array, string, integer, boolean, other, variable };

  kind what = kind::table;
  origin from;
  std::string text;  // of a string or variable
  std::int64_t integer = 0;
  bool boolean = false;
  std::vector<node> items;      // of an array
  std::vector<member> members;  // of a table

  const node* find(std::string_view key) const noexcept;
  node* find(std::string_view key) noexcept;
  // "a number", "a table": how a message calls it.
  std::string_view kind_name() const noexcept;
};

struct member {
  std::string key;
  node value;
};

// The error does not name the file.
std::variant<node, configuration_error> parse_document(std::string_view toml);

// PAPERBOY_A__B sets b in [a], PAPERBOY_A__0__B in the first [[a]]; the index after the last adds
// one.
std::optional<configuration_error> lay_over(node& root, const environment_variables& variables);

// For a message of one line: between double quotes, at most `longest` bytes, everything but
// printable ASCII escaped.
std::string in_quotes(std::string_view text, std::size_t longest = 60);

}  // namespace paperboy::command_line
