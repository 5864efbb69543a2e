#include "tests/sim/orders.hpp"

#include <algorithm>

namespace paperboy::sim {

using namespace std::chrono_literals;

notification_order any_order(chance& dice, const std::vector<device_id>& phones) {
  notification_order o;
  switch (dice.below(5)) {
    case 0:
    case 1:
      o.audience.topics = {"breaking"};
      break;
    case 2:
      o.audience.topics = {"alerts"};
      break;
    case 3:
      o.audience.topics = {"breaking", "alerts"};
      o.audience.match = dice.one_in(2) ? topic_match::all : topic_match::any;
      break;
    default:
      for (const device_id& d : phones) {
        if (dice.one_in(2)) {
          o.audience.devices.push_back(d);
        } else {
          o.audience.subscribers.push_back(d.subscriber);
        }
      }
      // Exactly one of the lists has members.
      if (!o.audience.devices.empty()) o.audience.subscribers.clear();
      if (phones.empty()) o.audience.topics = {"alerts"};
      break;
  }
  o.news.title = {{"en", "It happened"}};
  if (dice.one_in(2)) {
    o.item_id = "item-" + std::to_string(dice.below(4));
  } else if (dice.one_in(2)) {
    o.news.url = "https://example.org/live";
  }
  o.time_to_live = std::chrono::floor<std::chrono::seconds>(dice.time(60s, 10min));
  o.critical = dice.one_in(4);
  return o;
}

bool is_meant(const notification_audience& audience, const choices& said,
              const catalogue& topics) {
  if (audience.topics.empty()) return true;  // whoever is listed
  const auto wants = [&](const std::string& key) {
    return at_once(topics.effective(said, *topics.find(key)).wanted);
  };
  return audience.match == topic_match::any ? std::ranges::any_of(audience.topics, wants)
                                            : std::ranges::all_of(audience.topics, wants);
}

}  // namespace paperboy::sim
