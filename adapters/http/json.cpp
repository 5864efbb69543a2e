#include "adapters/http/json.hpp"

#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_stack.hpp>
#include <cmath>
#include <string>
#include <unordered_set>
#include <utility>

#include "adapters/http/field.hpp"
#include "adapters/http/utf8.hpp"
#include "core/domain/json_pointer.hpp"

namespace paperboy::http {
namespace {

namespace json = boost::json;
using json_error = boost::system::error_code;

// Limits that the length of the text keeps anyway.
struct handler_limits {
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);
};

// Builds the tree, and counts keys: an object keeps one of two that are equal, without a word.
struct tree_builder : handler_limits {
  explicit tree_builder(json::storage_ptr memory, unsigned char* buffer, std::size_t size)
      : stack(std::move(memory), buffer, size) {}

  bool on_document_begin(json_error&) { return true; }
  bool on_document_end(json_error&) { return true; }
  bool on_object_begin(json_error&) { return true; }
  bool on_object_end(std::size_t n, json_error&) { return stack.push_object(n), true; }
  bool on_array_begin(json_error&) { return true; }
  bool on_array_end(std::size_t n, json_error&) { return stack.push_array(n), true; }
  bool on_key_part(json::string_view s, std::size_t, json_error&) {
    return stack.push_chars(s), true;
  }
  bool on_key(json::string_view s, std::size_t, json_error&) {
    ++keys;
    return stack.push_key(s), true;
  }
  bool on_string_part(json::string_view s, std::size_t, json_error&) {
    return stack.push_chars(s), true;
  }
  bool on_string(json::string_view s, std::size_t, json_error&) {
    return stack.push_string(s), true;
  }
  bool on_number_part(json::string_view, json_error&) { return true; }
  bool on_int64(std::int64_t i, json::string_view s, json_error&) {
    if (i == 0 && !s.empty() && s.front() == '-') return stack.push_double(-0.0), true;
    return stack.push_int64(i), true;
  }
  bool on_uint64(std::uint64_t u, json::string_view, json_error&) {
    return stack.push_uint64(u), true;
  }
  bool on_double(double d, json::string_view, json_error&) { return stack.push_double(d), true; }
  bool on_bool(bool b, json_error&) { return stack.push_bool(b), true; }
  bool on_null(json_error&) { return stack.push_null(), true; }
  bool on_comment_part(json::string_view, json_error&) { return true; }
  bool on_comment(json::string_view, json_error&) { return true; }

  json::value_stack stack;
  std::size_t keys = 0;
};

// Reads a text that is known to be well-formed for the first key that its object has already.
struct duplicate_finder : handler_limits {
  struct level {
    bool object;
    std::string key;
    std::size_t index;  // of an array's next element
    std::unordered_set<std::string> keys;
  };

  bool on_document_begin(json_error&) { return true; }
  bool on_document_end(json_error&) { return true; }
  bool on_object_begin(json_error&) { return open(true); }
  bool on_object_end(std::size_t, json_error&) { return close(); }
  bool on_array_begin(json_error&) { return open(false); }
  bool on_array_end(std::size_t, json_error&) { return close(); }
  bool on_key_part(json::string_view s, std::size_t, json_error&) {
    part.append(s.data(), s.size());
    return true;
  }
  bool on_key(json::string_view s, std::size_t, json_error& error) {
    part.append(s.data(), s.size());
    level& top = levels.back();
    top.key = std::exchange(part, {});
    if (top.keys.insert(top.key).second) return true;
    for (const level& l : levels) {
      pointer += pointer_token(l.object ? l.key : std::to_string(l.index));
    }
    error = json::error::test_failure;
    return false;
  }
  bool on_string_part(json::string_view, std::size_t, json_error&) { return true; }
  bool on_string(json::string_view, std::size_t, json_error&) { return element(); }
  bool on_number_part(json::string_view, json_error&) { return true; }
  bool on_int64(std::int64_t, json::string_view, json_error&) { return element(); }
  bool on_uint64(std::uint64_t, json::string_view, json_error&) { return element(); }
  bool on_double(double, json::string_view, json_error&) { return element(); }
  bool on_bool(bool, json_error&) { return element(); }
  bool on_null(json_error&) { return element(); }
  bool on_comment_part(json::string_view, json_error&) { return true; }
  bool on_comment(json::string_view, json_error&) { return true; }

  bool open(bool object) {
    levels.push_back({object, {}, 0, {}});
    return true;
  }
  bool close() {
    levels.pop_back();
    return element();
  }
  bool element() {
    if (!levels.empty()) ++levels.back().index;
    return true;
  }

  std::vector<level> levels;
  std::string part;
  std::string pointer;
};

// What a look at the whole tree brings.
struct survey {
  std::size_t members = 0;
  std::string pointer;
  std::string_view code;  // empty: nothing wrong

  // False at the first fault; `pointer` is then built on the way back.
  bool look(const json::value& v) {
    switch (v.kind()) {
      case json::kind::object:
        return look_at(v.get_object());
      case json::kind::array: {
        std::size_t index = 0;
        for (const json::value& element : v.get_array()) {
          if (!look(element)) return pointer.insert(0, pointer_token(std::to_string(index))), false;
          ++index;
        }
        return true;
      }
      case json::kind::string:
        return look_at_text(v.get_string());
      case json::kind::double_:
        return std::isfinite(v.get_double()) || wrong("out-of-range");
      default:
        return true;
    }
  }

  bool look_at(const json::object& o) {
    members += o.size();
    for (const auto& member : o) {
      if (look_at_text(member.key()) && look(member.value())) continue;
      pointer.insert(0, pointer_token({member.key().data(), member.key().size()}));
      return false;
    }
    return true;
  }

  bool look_at_text(json::string_view text) {
    return text.find('\0') == json::string_view::npos || wrong("null-character");
  }

  bool wrong(std::string_view what) {
    code = what;
    return false;
  }
};

json::parse_options strict() {
  json::parse_options options;
  options.max_depth = json_depth_limit;
  return options;
}

problem bad(std::string_view slug, std::string detail) {
  return {400, std::string(slug), std::move(detail), {}};
}

// Whether the escape of a leading surrogate ends at `end`: the parser calls whatever follows one,
// if it is no trailing surrogate, a plain syntax error.
bool leading_surrogate_before(std::string_view text, std::size_t end) noexcept {
  constexpr std::size_t length = 6;
  if (end < length) return false;
  const auto escape = text.substr(end - length, length);
  if (escape[0] != '\\' || escape[1] != 'u' || lower(escape[2]) != 'd' ||
      std::string_view("89ab").find(lower(escape[3])) == std::string_view::npos) {
    return false;
  }
  const auto before = text.substr(0, end - length + 1);
  const auto other = before.find_last_not_of('\\');
  return (before.size() - (other == std::string_view::npos ? 0 : other + 1)) % 2 == 1;
}

problem syntax_problem(std::string_view text, const json_error& error, std::size_t offset) {
  const std::string where = " at byte " + std::to_string(offset) + ".";
  if (error == json::error::too_deep) {
    return bad("too-deep", "Arrays and objects are nested at most 8 deep; see the one" + where);
  }
  if (error == json::error::illegal_leading_surrogate ||
      error == json::error::illegal_trailing_surrogate ||
      error == json::error::expected_utf16_escape || leading_surrogate_before(text, offset) ||
      (offset > 0 && text[offset - 1] == '\\' && leading_surrogate_before(text, offset - 1))) {
    return bad("invalid-utf8", "A surrogate stands alone" + where);
  }
  return bad("invalid-json", "This is not JSON" + where);
}

std::string_view sentence_of(std::string_view code) noexcept {
  if (code == "duplicate-key") return "An object has this key twice.";
  if (code == "null-character") return "Text has no U+0000.";
  return "The number is out of range.";
}

problem content_problem(std::string_view code, std::string pointer) {
  return invalid_body({{std::move(pointer), std::string(code), std::string(sentence_of(code))}});
}

std::string find_duplicate(std::string_view text) {
  json::basic_parser<duplicate_finder> parser(strict());
  json_error error;
  parser.write_some(false, text.data(), text.size(), error);
  return parser.handler().pointer;
}

constexpr bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::size_t past_blanks(std::string_view text, std::size_t from) noexcept {
  while (from < text.size() && is_blank(text[from])) ++from;
  return from;
}

}  // namespace

// Small bodies are parsed without asking for memory.
struct json_document::impl {
  std::array<unsigned char, 4096> tree_memory;
  std::array<unsigned char, 1024> stack_memory;
  std::optional<json::monotonic_resource> memory;
  std::optional<json::value> root;
};

thread_local std::unique_ptr<json_document::impl> json_document::spare_;

// make_unique would clear the memory first.
json_document::json_document()
    : impl_(spare_ ? std::move(spare_) : std::unique_ptr<impl>(new impl)) {}

json_document::~json_document() {
  impl_->root.reset();
  impl_->memory.reset();
  spare_ = std::move(impl_);
}

std::optional<problem> json_document::read(std::string_view text) {
  impl_->root.reset();
  impl_->memory.emplace(impl_->tree_memory.data(), impl_->tree_memory.size());
  if (const auto offset = invalid_utf8_at(text)) {
    return bad("invalid-utf8", "This is not UTF-8 at byte " + std::to_string(*offset) + ".");
  }
  if (past_blanks(text, 0) == text.size()) {
    return bad("empty-body", "Send a JSON text as the body.");
  }
  json::basic_parser<tree_builder> parser(strict(), json::storage_ptr(&*impl_->memory),
                                          impl_->stack_memory.data(), impl_->stack_memory.size());
  tree_builder& built = parser.handler();
  built.stack.reset(json::storage_ptr(&*impl_->memory));
  json_error error;
  std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (error) return syntax_problem(text, error, read);
  read = past_blanks(text, read);
  if (read < text.size()) return syntax_problem(text, json::error::extra_data, read);
  impl_->root = built.stack.release();

  survey seen;
  if (!seen.look(*impl_->root)) return content_problem(seen.code, std::move(seen.pointer));
  if (seen.members != built.keys) return content_problem("duplicate-key", find_duplicate(text));
  return std::nullopt;
}

const json::value& json_document::root() const noexcept {
  return *impl_->root;
}

std::variant<std::vector<std::string_view>, problem> split_ndjson(std::string_view body,
                                                                  std::size_t line_limit) {
  std::vector<std::string_view> lines;
  while (!body.empty()) {
    const auto end = body.find('\n');
    const auto line = body.substr(0, end);
    body = end == std::string_view::npos ? std::string_view{} : body.substr(end + 1);
    if (past_blanks(line, 0) == line.size()) continue;
    if (lines.size() == line_limit) {
      return problem{413,
                     "body-too-large",
                     "A body has at most " + std::to_string(line_limit) + " lines.",
                     {}};
    }
    lines.push_back(line);
  }
  if (lines.empty()) return invalid_body({{"", "empty-body", "Send one item a line."}});
  return lines;
}

}  // namespace paperboy::http
