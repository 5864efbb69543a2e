#pragma once

#include <string>
#include <string_view>

namespace paperboy {

// One reference token of an RFC 6901 JSON Pointer, with its slash.
inline std::string pointer_token(std::string_view name) {
  std::string token = "/";
  for (const char c : name) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token += c;
    }
  }
  return token;
}

}  // namespace paperboy
