#include "adapters/simulators/gateway_simulator.hpp"

#include <boost/asio/io_context.hpp>
#include <utility>

#include "adapters/simulators/apns_site.hpp"
#include "adapters/simulators/fcm_site.hpp"
#include "adapters/simulators/listener.hpp"
#include "adapters/simulators/world.hpp"

namespace paperboy::simulators {
namespace {

gateway_options with_identity(gateway_options options) {
  if (options.identity.certificate.empty()) options.identity = make_server_identity();
  return options;
}

}  // namespace

struct gateway_simulator::parts {
  parts(boost::asio::io_context& io, gateway_options options)
      : all(with_identity(std::move(options))),
        delays(io),
        apns_site(make_apns_site(all, gateway_name::apns)),
        sandbox_site(make_apns_site(all, gateway_name::sandbox)),
        google_site(make_fcm_site(all)),
        apns(io, all.options.apns_port, all.options.identity, context(*apns_site)),
        sandbox(io, all.options.sandbox_port, all.options.identity, context(*sandbox_site)),
        google(io, all.options.fcm_port, all.options.identity, context(*google_site)) {}

  connection_context context(site& of) {
    return {of, delays, [this] { all.flush_log(); }};
  }
  listener& at(gateway_name gateway) {
    if (gateway == gateway_name::apns) return apns;
    return gateway == gateway_name::sandbox ? sandbox : google;
  }

  world all;
  delay_line delays;
  std::unique_ptr<site> apns_site;
  std::unique_ptr<site> sandbox_site;
  std::unique_ptr<fcm_site> google_site;
  listener apns;
  listener sandbox;
  listener google;
};

gateway_simulator::gateway_simulator(boost::asio::io_context& io, gateway_options options)
    : parts_(std::make_unique<parts>(io, std::move(options))) {
  parts_->google_site->token_uri(token_uri());
}

gateway_simulator::~gateway_simulator() {
  stop();
}

std::uint16_t gateway_simulator::port(gateway_name gateway) const {
  return parts_->at(gateway).port();
}

std::string gateway_simulator::url(gateway_name gateway) const {
  return "https://localhost:" + std::to_string(port(gateway));
}

simulator_addresses gateway_simulator::addresses() const {
  return {url(gateway_name::apns), url(gateway_name::sandbox), url(gateway_name::fcm)};
}

std::string gateway_simulator::token_uri() const {
  return url(gateway_name::oauth) + "/token";
}

const std::string& gateway_simulator::ca() const {
  return parts_->all.options.identity.ca;
}

gateway_options& gateway_simulator::options() {
  return parts_->all.options;
}

void gateway_simulator::add_fault(fault f) {
  parts_->all.faults.add(std::move(f));
}

void gateway_simulator::clear_faults() {
  parts_->all.faults.clear();
}

void gateway_simulator::add_phone(std::string_view token, phone p) {
  parts_->all.phones.add(token, std::move(p));
}

void gateway_simulator::unregister(std::string_view token,
                                   std::chrono::system_clock::time_point since) {
  const phone* known = parts_->all.phones.find(token);
  phone p = known == nullptr ? phone{} : *known;
  p.state = phone_state::unregistered;
  p.dead_since =
      std::chrono::duration_cast<std::chrono::milliseconds>(since.time_since_epoch()).count();
  parts_->all.phones.add(token, std::move(p));
}

void gateway_simulator::revoke_access_tokens() {
  parts_->all.tokens.revoke_all();
}

std::vector<received_push> gateway_simulator::received(std::string_view token) const {
  return parts_->all.phones.received(token);
}

std::vector<received_push> gateway_simulator::all_received() const {
  const auto& kept = parts_->all.phones.all_received();
  return {kept.begin(), kept.end()};
}

push_counts gateway_simulator::counts(gateway_name gateway) const {
  return parts_->all.phones.counts(gateway);
}

void gateway_simulator::forget_received() {
  parts_->all.phones.forget_received();
}

std::size_t gateway_simulator::connections(gateway_name gateway) const {
  return parts_->at(gateway).connections().size();
}

std::uint64_t gateway_simulator::accepted(gateway_name gateway) const {
  return parts_->at(gateway).accepted();
}

void gateway_simulator::go_away(gateway_name gateway, std::uint32_t error_code,
                                std::string_view debug) {
  for (const auto& one : parts_->at(gateway).connections()) one->go_away(error_code, debug);
}

void gateway_simulator::close_connections(gateway_name gateway) {
  for (const auto& one : parts_->at(gateway).connections()) one->close();
}

void gateway_simulator::shut(gateway_name gateway) {
  parts_->at(gateway).stop();
}

void gateway_simulator::open(gateway_name gateway) {
  parts_->at(gateway).listen();
}

void gateway_simulator::stop() {
  parts_->apns.stop();
  parts_->sandbox.stop();
  parts_->google.stop();
  parts_->delays.stop();
  parts_->all.flush_log();
}

}  // namespace paperboy::simulators
