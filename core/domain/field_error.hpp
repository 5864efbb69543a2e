#pragma once

#include <string>

namespace paperboy {

// One member of a body that does not hold. `pointer` is RFC 6901, `code` a stable slug, `detail`
// one sentence that says what to write instead. None of them repeats what was sent.
struct field_error {
  std::string pointer;
  std::string code;
  std::string detail;

  friend bool operator==(const field_error&, const field_error&) = default;
};

}  // namespace paperboy
