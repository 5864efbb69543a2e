#include "core/domain/link.hpp"

#include <unicode/uidna.h>
#include <unicode/uspoof.h>

#include <algorithm>
#include <memory>

#include "core/domain/payload.hpp"

namespace paperboy {
namespace {

constexpr std::string_view scheme = "https://";

bool letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
bool hex_digit(char c) noexcept {
  return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool same_without_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

bool ends_without_case(std::string_view text, std::string_view end) noexcept {
  return text.size() >= end.size() && same_without_case(text.substr(text.size() - end.size()), end);
}

// RFC 3986, section 2: what may stand in a URL unescaped. Square brackets are for addresses only,
// which are refused by host.
bool url_character(char c) noexcept {
  constexpr std::string_view marks = "-._~:/?#[]@!$&'()*+,;=%";
  return letter(c) || digit(c) || marks.find(c) != std::string_view::npos;
}

bool well_written(std::string_view url) noexcept {
  for (std::size_t i = 0; i < url.size(); ++i) {
    if (!url_character(url[i])) return false;
    if (url[i] != '%') continue;
    if (i + 2 >= url.size() || !hex_digit(url[i + 1]) || !hex_digit(url[i + 2])) return false;
  }
  return true;
}

bool valid_label(std::string_view label) noexcept {
  if (label.empty() || label.size() > 63) return false;
  if (label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(),
                     [](char c) { return letter(c) || digit(c) || c == '-'; });
}

// WHATWG URL, "ends in a number checker": such a host is read as an IPv4 address.
bool number_like(std::string_view label) noexcept {
  if (std::all_of(label.begin(), label.end(), &digit)) return true;
  if (label.size() < 2 || label[0] != '0' || lower(label[1]) != 'x') return false;
  return std::all_of(label.begin() + 2, label.end(), &hex_digit);
}

struct idna_close {
  void operator()(UIDNA* idna) const noexcept { uidna_close(idna); }
};
struct spoof_close {
  void operator()(USpoofChecker* checker) const noexcept { uspoof_close(checker); }
};

// Decodes `xn--` labels and asks UTS 39 whether the name mixes scripts as only a forgery does. Both
// ICU objects are immutable once opened.
bool misleading(std::string_view host) {
  UErrorCode status = U_ZERO_ERROR;
  static const std::unique_ptr<UIDNA, idna_close> idna{
      uidna_openUTS46(UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ, &status)};
  static const std::unique_ptr<USpoofChecker, spoof_close> checker = [&status] {
    std::unique_ptr<USpoofChecker, spoof_close> opened{uspoof_open(&status)};
    if (!opened) return opened;
    uspoof_setRestrictionLevel(opened.get(), USPOOF_HIGHLY_RESTRICTIVE);
    uspoof_setChecks(opened.get(), USPOOF_RESTRICTION_LEVEL | USPOOF_INVISIBLE, &status);
    return opened;
  }();
  if (U_FAILURE(status) || !idna || !checker) return true;
  std::string name(1024, '\0');
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  const auto size =
      uidna_nameToUnicodeUTF8(idna.get(), host.data(), static_cast<std::int32_t>(host.size()),
                              name.data(), static_cast<std::int32_t>(name.size()), &info, &status);
  if (U_FAILURE(status) || info.errors != 0) return true;
  const auto findings = uspoof_checkUTF8(checker.get(), name.data(), size, nullptr, &status);
  return U_FAILURE(status) || findings != 0;
}

std::optional<link_fault> check_host(std::string_view host, std::span<const std::string> hosts) {
  if (host.empty()) return link_fault::no_host;
  if (!valid_host_name(host)) return link_fault::host_not_name;
  const bool encoded =
      same_without_case(host.substr(0, 4), "xn--") ||
      std::search(host.begin(), host.end(), std::begin(".xn--"), std::end(".xn--") - 1,
                  [](char a, char b) { return lower(a) == b; }) != host.end();
  if (encoded && misleading(host)) return link_fault::misleading_host;
  const auto is_host = [host](const std::string& h) { return same_without_case(h, host); };
  if (!hosts.empty() && std::none_of(hosts.begin(), hosts.end(), is_host)) {
    return link_fault::host_not_allowed;
  }
  return std::nullopt;
}

// What stands between `https://` and the path, query or fragment.
std::string_view authority_of(std::string_view url) noexcept {
  const auto rest = url.substr(std::min(url.size(), scheme.size()));
  return rest.substr(0, rest.find_first_of("/?#"));
}

}  // namespace

std::string_view code(link_fault fault) noexcept {
  switch (fault) {
    case link_fault::empty:
      return "empty";
    case link_fault::too_long:
      return "too-long";
    case link_fault::bad_character:
      return "invalid-url";
    case link_fault::not_https:
      return "not-https";
    case link_fault::has_userinfo:
      return "url-userinfo";
    case link_fault::no_host:
      return "url-host";
    case link_fault::host_not_name:
      return "url-host";
    case link_fault::misleading_host:
      return "url-host";
    case link_fault::bad_port:
      return "url-port";
    case link_fault::host_not_allowed:
      return "host-not-allowed";
  }
  return "invalid-url";
}

std::string_view sentence(link_fault fault) noexcept {
  switch (fault) {
    case link_fault::empty:
      return "is empty; write an https URL or leave it out";
    case link_fault::too_long:
      return "is longer than 2048 bytes";
    case link_fault::bad_character:
      return "holds a character that no URL may have; percent-encode it";
    case link_fault::not_https:
      return "does not begin with https://";
    case link_fault::has_userinfo:
      return "holds a user name or password; leave it out";
    case link_fault::no_host:
      return "has no host";
    case link_fault::host_not_name:
      return "has a host that is not a full domain name in ASCII; addresses are refused";
    case link_fault::misleading_host:
      return "has a host that mixes scripts or is not valid IDNA";
    case link_fault::bad_port:
      return "names a port; only 443 may be named";
    case link_fault::host_not_allowed:
      return "has a host that is not in the app's link_hosts";
  }
  return "is not valid";
}

bool valid_host_name(std::string_view host) noexcept {
  if (host.size() > 253) return false;
  std::size_t labels = 0;
  std::string_view last;
  for (std::string_view rest = host;; rest.remove_prefix(last.size() + 1)) {
    last = rest.substr(0, rest.find('.'));
    if (!valid_label(last)) return false;
    ++labels;
    if (last.size() == rest.size()) break;
  }
  return labels >= 2 && !number_like(last) && !ends_without_case(host, ".localhost");
}

std::string_view host_of(std::string_view url) noexcept {
  const auto authority = authority_of(url);
  return authority.substr(0, authority.find(':'));
}

std::optional<link_fault> check_link(std::string_view url, std::span<const std::string> hosts) {
  if (url.empty()) return link_fault::empty;
  if (url.size() > max_url_bytes) return link_fault::too_long;
  if (!same_without_case(url.substr(0, scheme.size()), scheme)) return link_fault::not_https;
  const auto authority = authority_of(url);
  if (authority.find('@') != std::string_view::npos) return link_fault::has_userinfo;
  if (const auto fault = check_host(host_of(url), hosts)) return fault;
  const auto port = authority.substr(host_of(url).size());
  if (!port.empty() && port != ":443") return link_fault::bad_port;
  if (!well_written(url)) return link_fault::bad_character;
  return std::nullopt;
}

}  // namespace paperboy
