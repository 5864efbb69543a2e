#include "adapters/command_line/connection_numbers.hpp"

namespace paperboy::command_line {

using net::connection_counts;

connection_numbers::connection_numbers(metrics& numbers, const std::string& app,
                                       const std::string& gateway)
    : open_(numbers.gauge("paperboy_gateway_connections", "Connections to a gateway now",
                          {{"app", app}, {"gateway", gateway}})) {
  const auto made = [&](const char* name, const char* help,
                        std::uint64_t connection_counts::*which) {
    return count{&numbers.counter(name, help, {{"app", app}, {"gateway", gateway}}), which};
  };
  counts_ = {
      made("paperboy_gateway_connections_opened_total", "Connections to a gateway that got through",
           &connection_counts::opened),
      made("paperboy_gateway_connections_failed_total",
           "Connections to a gateway that ended before their first answer",
           &connection_counts::failed),
      made("paperboy_gateway_connections_lost_total",
           "Connections to a gateway that the gateway or the network ended later",
           &connection_counts::lost),
      made("paperboy_gateway_requests_resent_total",
           "Requests that the gateway had not looked at and that were sent again at once",
           &connection_counts::resent),
      made("paperboy_gateway_requests_timed_out_total",
           "Requests that were sent and not answered in time", &connection_counts::timed_out),
      made("paperboy_gateway_requests_never_opened_total",
           "Requests that were not sent, for no connection took them in time",
           &connection_counts::never_opened),
  };
}

void connection_numbers::report(const connection_counts& now, std::size_t open) noexcept {
  for (const count& c : counts_) {
    const std::uint64_t more = now.*c.which - seen_.*c.which;
    if (more != 0) c.shown->add(static_cast<double>(more));
  }
  seen_ = now;
  if (open != seen_open_) open_.add(static_cast<double>(open) - static_cast<double>(seen_open_));
  seen_open_ = open;
}

}  // namespace paperboy::command_line
