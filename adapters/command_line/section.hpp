#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/command_line/document.hpp"

namespace paperboy::command_line {

// Collects what is wrong, and knows which of it to tell first.
class findings {
 public:
  // Urgent ones go before the others: an unknown key explains a missing one.
  enum class weight : std::uint8_t { unknown_key, wrong_value, missing_key };

  void add(weight w, const origin& from, std::string key, std::string wrong, std::string remedy);
  bool empty() const noexcept { return found_.empty(); }
  // By weight, then by line. Not of an empty collection.
  configuration_error first() const;

 private:
  struct finding {
    weight how;
    configuration_error error;
  };
  std::vector<finding> found_;
};

// How one kind of text becomes a value, and what to say when it does not.
template <class T>
struct text_form {
  std::optional<T> (*parse)(std::string_view text);
  std::string_view what;      // "an address and port"
  std::string_view example;   // text to write instead, without its quotes
  bool secret = false;        // messages leave the value out
  std::string_view remedy{};  // in place of the example
};

template <class T>
std::string remedy_of(const text_form<T>& form) {
  if (!form.remedy.empty()) return std::string{form.remedy};
  return std::string{"write for example \""}.append(form.example).append("\"");
}

// One table while it is read. Each read names a key that the table may have; finish() refuses all
// others. Reading a key that is not given leaves the default. A table that is not there reads as
// empty.
class section {
 public:
  // `heading` is how messages name it: "[http]", "[[app]]".
  section(const node* table, std::string heading, const origin& from, findings& wrong);

  bool present() const noexcept { return table_ != nullptr; }
  bool given(std::string_view key) const noexcept { return value(key) != nullptr; }
  const origin& from() const noexcept { return from_; }

  template <class T>
  void text(std::string_view key, T& into, const text_form<T>& form);
  template <class T>
  void text(std::string_view key, std::optional<T>& into, const text_form<T>& form);
  // A list; what it held by default is replaced.
  template <class T>
  void texts(std::string_view key, std::vector<T>& into, const text_form<T>& form);
  template <class Number>
  void number(std::string_view key, Number& into, std::uint32_t least, std::uint32_t most);
  void duration(std::string_view key, std::chrono::seconds& into, std::chrono::seconds least,
                std::chrono::seconds most);
  // Relative to `base`, made absolute; nothing is opened.
  void path(std::string_view key, std::filesystem::path& into, const std::filesystem::path& base);

  section table(std::string_view key, std::string heading);
  std::vector<section> tables(std::string_view key, const std::string& heading);

  void wrong(std::string_view key, std::string what, std::string remedy);
  // Of the n-th member of a list.
  void wrong_item(std::string_view key, std::size_t index, std::string what, std::string remedy);
  void missing(std::string_view key, std::string remedy);
  void finish();

 private:
  struct item {
    std::string text;
    origin from;
  };

  const node* value(std::string_view key) const noexcept;
  const node* known(std::string_view key);
  std::string name_of(std::string_view key) const;
  std::optional<std::string> text_of(std::string_view key, std::string remedy);
  std::optional<std::vector<item>> items_of(std::string_view key, std::string_view example);
  std::optional<std::int64_t> number_of(std::string_view key, std::uint32_t least,
                                        std::uint32_t most);
  void add(const origin& from, std::string_view key, std::string what, std::string remedy);
  void refuse(const origin& from, std::string_view key, std::string_view shown,
              std::string_view what, std::string remedy);

  const node* table_;
  std::string heading_;
  origin from_;
  findings* wrong_;
  std::vector<std::string> known_;
};

template <class T>
void section::text(std::string_view key, T& into, const text_form<T>& form) {
  const auto given = text_of(key, remedy_of(form));
  if (!given) return;
  if (auto parsed = form.parse(*given)) {
    into = std::move(*parsed);
  } else {
    refuse(value(key)->from, key, form.secret ? "this" : in_quotes(*given), form.what,
           remedy_of(form));
  }
}

template <class T>
void section::text(std::string_view key, std::optional<T>& into, const text_form<T>& form) {
  T parsed{};
  if (!given(key)) {
    known(key);
    return;
  }
  text(key, parsed, form);
  into = std::move(parsed);
}

template <class T>
void section::texts(std::string_view key, std::vector<T>& into, const text_form<T>& form) {
  const auto items = items_of(key, form.example);
  if (!items) return;
  into.clear();
  for (const item& i : *items) {
    if (auto parsed = form.parse(i.text)) {
      into.push_back(std::move(*parsed));
    } else {
      refuse(i.from, key, form.secret ? "this" : in_quotes(i.text), form.what, remedy_of(form));
    }
  }
}

template <class Number>
void section::number(std::string_view key, Number& into, std::uint32_t least, std::uint32_t most) {
  if (const auto given = number_of(key, least, most)) into = static_cast<Number>(*given);
}

// "5m", "36h", "0s", "1h30m": whole numbers of d, h, m and s, each unit at most once, large ones
// first; at most ten years.
std::optional<std::chrono::seconds> parse_span(std::string_view text) noexcept;
std::string format_span(std::chrono::seconds span);

// The known name that `text` was probably meant to be; empty where none is near.
std::string_view nearest(std::string_view text, const std::vector<std::string>& names);

}  // namespace paperboy::command_line
