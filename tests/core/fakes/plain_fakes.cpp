#include "tests/core/fakes/plain_fakes.hpp"

namespace paperboy::testing {

seal::mac fake_seal::sign(std::string_view purpose, std::string_view bytes) const {
  mac m{};
  for (std::size_t half = 0; half < 2; ++half) {
    std::uint64_t hash = 14'695'981'039'346'656'037U + half;
    const auto add = [&hash](std::string_view text) {
      for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
    };
    add(purpose);
    add({"\0", 1});
    add(bytes);
    for (std::size_t i = 0; i < 8; ++i) m[half * 8 + i] = static_cast<std::uint8_t>(hash >> 8 * i);
  }
  return m;
}

task<result<audience_size>> fake_audience::count(
    const std::string& app, const std::function<bool(const choices&)>& wanted) {
  audience_size size;
  const auto [from, to] = said.equal_range(app);
  for (auto one = from; one != to; ++one) {
    if (!wanted(one->second)) continue;
    ++size.subscribers;
    ++size.ios_devices;
  }
  co_return size;
}

std::shared_ptr<const prepared_message> fake_gateway::prepare(const notification&) {
  return nullptr;
}

std::string fake_gateway::payload(const notification& n, std::string_view token,
                                  const message_id& id, std::chrono::seconds) const {
  std::string json = "{";
  const auto add = [&json](std::string_view name, std::string_view value) {
    json.append(json.size() > 1 ? "," : "").append("\"").append(name).append("\":\"");
    json.append(value).append("\"");
  };
  add("token", token);
  add("id", id.view());
  add("title", n.title);
  add("body", n.body);
  add("url", n.url);
  add("image", n.image_url);
  add("edition", n.edition);
  add("scope", n.scope);
  return json + "}";
}

}  // namespace paperboy::testing
