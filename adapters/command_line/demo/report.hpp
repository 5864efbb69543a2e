#pragma once

#include <string>
#include <vector>

#include "adapters/command_line/demo/public_api.hpp"
#include "adapters/command_line/demo/screen.hpp"
#include "adapters/command_line/demo/verdict.hpp"

namespace paperboy::command_line::demo {

// What became of a slot, told when its run is done. Throws demo_error where the API does not answer
// as it should.
class report {
 public:
  // All of it stays with the caller.
  report(screen& out, const public_api& api, const evidence& all, instant due)
      : out_(out), api_(api), all_(all), due_(due) {}

  // Each digest as its phone shows it; the items behind one of them; why the others got nothing;
  // the run's numbers.
  void tell();
  // Whether everything is as it should be; says what is not.
  bool check();

 private:
  void phones();
  void opened_edition();
  void silences();
  void ledger();
  std::vector<std::string> still_known() const;

  screen& out_;
  const public_api& api_;
  const evidence& all_;
  instant due_;
};

}  // namespace paperboy::command_line::demo
