#pragma once

#include "adapters/http/handlers/api_state.hpp"

// The handlers, named as their routes are in routes.cpp.
namespace paperboy::http::handling {

task<answer> register_device(api_state& api, const context& c, const request& r);
task<answer> get_device(api_state& api, const context& c, const request& r);
task<answer> change_device(api_state& api, const context& c, const request& r);
task<answer> delete_device(api_state& api, const context& c, const request& r);

task<answer> get_preferences(api_state& api, const context& c, const request& r);
task<answer> change_preferences(api_state& api, const context& c, const request& r);
task<answer> replace_preferences(api_state& api, const context& c, const request& r);
task<answer> put_topic_choice(api_state& api, const context& c, const request& r);
task<answer> delete_topic_choice(api_state& api, const context& c, const request& r);
task<answer> mute(api_state& api, const context& c, const request& r);

task<answer> list_topics(api_state& api, const context& c, const request& r);
task<answer> put_topic(api_state& api, const context& c, const request& r);
task<answer> get_topic(api_state& api, const context& c, const request& r);
task<answer> delete_topic(api_state& api, const context& c, const request& r);

task<answer> put_item(api_state& api, const context& c, const request& r);
task<answer> post_items(api_state& api, const context& c, const request& r);
task<answer> get_item(api_state& api, const context& c, const request& r);
task<answer> delete_item(api_state& api, const context& c, const request& r);

task<answer> get_edition(api_state& api, const context& c, const request& r);
task<answer> preview_digest(api_state& api, const context& c, const request& r);

task<answer> post_notification(api_state& api, const context& c, const request& r);
task<answer> cancel_run(api_state& api, const context& c, const request& r);
task<answer> pause_run(api_state& api, const context& c, const request& r);
task<answer> resume_run(api_state& api, const context& c, const request& r);
task<answer> list_dead_letters(api_state& api, const context& c, const request& r);

task<answer> list_runs(api_state& api, const context& c, const request& r);
task<answer> get_run(api_state& api, const context& c, const request& r);
task<answer> get_audience(api_state& api, const context& c, const request& r);

task<answer> get_subscriber_preferences(api_state& api, const context& c, const request& r);
task<answer> change_subscriber_preferences(api_state& api, const context& c, const request& r);
task<answer> list_subscriber_digests(api_state& api, const context& c, const request& r);
task<answer> export_subscriber(api_state& api, const context& c, const request& r);
task<answer> erase_subscriber(api_state& api, const context& c, const request& r);

}  // namespace paperboy::http::handling
