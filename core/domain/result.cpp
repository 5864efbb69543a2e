#include "core/result.hpp"

#include <string>

namespace paperboy {
namespace {

class category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "paperboy"; }
  std::string message(int code) const override {
    switch (static_cast<errc>(code)) {
      case errc::unavailable: return "not reachable now";
      case errc::timed_out: return "no answer within the limit";
      case errc::refused: return "refused";
      case errc::not_found: return "not found";
      case errc::conflict: return "changed meanwhile";
      case errc::invalid: return "invalid";
      case errc::overloaded: return "a limit is reached";
      case errc::closed: return "closed";
      case errc::protocol: return "protocol violated";
      case errc::shard_regressed: return "a shard lost data that it held before";
      case errc::unauthorized: return "the credential was not accepted";
    }
    return "unknown";
  }
};

}  // namespace

const boost::system::error_category& paperboy_category() noexcept {
  static const category instance;
  return instance;
}

}  // namespace paperboy
