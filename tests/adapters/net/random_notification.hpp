#pragma once

#include <gtest/gtest.h>

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "core/domain/notification.hpp"

namespace paperboy::net::testing {

// Text with everything that JSON and UTF-8 make difficult.
inline rc::Gen<std::string> any_text(std::size_t most_pieces) {
  return rc::gen::exec([most_pieces] {
    const std::vector<std::string> pieces{
        "word ", "\"",      "\\",     "\n",  "\t",    std::string(1, '\x01'),
        "Æ",     "ə",       "Ж",      "خبر", "हिन्दी", "👩‍👩‍👧",
        "🇦🇿",    "e\u0301", "\u2028", "/",   "\x7f"};
    const auto count = *rc::gen::inRange<std::size_t>(0, most_pieces + 1);
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += *rc::gen::elementOf(pieces);
    return text;
  });
}

inline rc::Gen<notification> any_notification() {
  return rc::gen::exec([] {
    notification n;
    n.kind = *rc::gen::element(push_kind::digest, push_kind::breaking);
    n.title = "T" + *any_text(*rc::gen::element<std::size_t>(3, 60, 900));
    n.body = *any_text(*rc::gen::element<std::size_t>(0, 60, 900));
    const auto tail = *rc::gen::inRange<std::size_t>(0, 2000);
    if (*rc::gen::arbitrary<bool>()) n.url = "https://a.example/" + std::string(tail, 'u');
    if (*rc::gen::arbitrary<bool>()) n.image_url = "https://b.example/" + std::string(tail, 'i');
    if (*rc::gen::arbitrary<bool>()) n.edition = "ed" + std::string(tail % 400, 'e');
    n.scope = *rc::gen::element<std::string>("2026-11-24", "run_01HZX");
    if (n.kind == push_kind::breaking && *rc::gen::arbitrary<bool>()) n.collapse_key = "match-7";
    return n;
  });
}

}  // namespace paperboy::net::testing
