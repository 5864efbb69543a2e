#include "adapters/fcm/settings.hpp"

#include <boost/json.hpp>

#include "adapters/net/json_web_token.hpp"
#include "core/result.hpp"

namespace paperboy::fcm {
namespace {

namespace json = boost::json;

std::string member(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  if (found == nullptr || !found->is_string() || found->get_string().empty()) {
    throw net::credential_error("the service account has no text \"" + std::string(name) + "\"");
  }
  const auto& text = found->get_string();
  return {text.data(), text.size()};
}

}  // namespace

service_account read_service_account(std::string_view text) {
  error_code failed;
  const json::value document = json::parse(text, failed, {}, {.max_depth = 8});
  const json::object* object = failed ? nullptr : document.if_object();
  if (object == nullptr) throw net::credential_error("the service account is not a JSON object");
  // Google writes `type`; only a file that says it is something else is refused.
  if (object->contains("type") && member(*object, "type") != "service_account") {
    throw net::credential_error("the JSON file is not that of a service account (\"type\")");
  }
  service_account account;
  account.project_id = member(*object, "project_id");
  account.client_email = member(*object, "client_email");
  account.private_key = member(*object, "private_key");
  account.token_uri = member(*object, "token_uri");
  if (object->contains("private_key_id")) {
    account.private_key_id = member(*object, "private_key_id");
  }
  // The project's name becomes part of a path.
  constexpr std::string_view in_a_project = "abcdefghijklmnopqrstuvwxyz0123456789-.:";
  if (account.project_id.find_first_not_of(in_a_project) != std::string::npos) {
    throw net::credential_error("the service account's \"project_id\" is not a project's id");
  }
  try {
    net::token_signer(net::signature_algorithm::rs256, account.private_key);
  } catch (const net::credential_error& error) {
    throw net::credential_error(std::string("the service account's \"private_key\": ") +
                                error.what());
  }
  return account;
}

}  // namespace paperboy::fcm
