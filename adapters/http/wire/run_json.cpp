#include "adapters/http/wire/run_json.hpp"

#include "adapters/http/json_writer.hpp"
#include "core/domain/text_time.hpp"

namespace paperboy::http {
namespace {

void write_instant(json_writer& w, std::string_view name, const std::optional<instant>& at) {
  w.key(name);
  if (at) {
    w.value(format_instant(*at));
  } else {
    w.null();
  }
}

void write_text_or_null(json_writer& w, std::string_view name, const std::string& text) {
  w.key(name);
  if (text.empty()) {
    w.null();
  } else {
    w.value(text);
  }
}

}  // namespace

std::string write_run(const run& r) {
  std::string json;
  json_writer w(json);
  w.begin_object().member("run_id", r.id).member("kind", r.kind).member("state", to_text(r.state));
  write_instant(w, "due_at", r.due_at);
  write_instant(w, "started_at", r.started_at);
  write_instant(w, "finished_at", r.finished_at);
  w.member("eligible", r.count.eligible)
      .member("accepted", r.count.accepted)
      .member("rejected", r.count.rejected)
      .member("expired", r.count.expired)
      .key("skipped")
      .begin_object();
  for (std::size_t i = 0; i < skip_reasons; ++i) {
    if (r.count.skipped[i] == 0) continue;
    w.member(to_text(static_cast<skip_reason>(i)), r.count.skipped[i]);
  }
  w.end_object()
      .member("pending", r.count.pending)
      .member("retries", r.count.retries)
      .member("devices_removed", r.count.devices_removed)
      .end_object();
  return json;
}

std::string write_runs(const run_book::page& page) {
  std::string json;
  json_writer w(json);
  w.begin_object().key("runs").begin_array();
  for (const run& r : page.runs) w.raw(write_run(r));
  w.end_array();
  write_text_or_null(w, "next", page.next);
  w.end_object();
  return json;
}

void write_slot_list(json_writer& w, const std::vector<slot_report>& slots) {
  w.begin_array();
  for (const slot_report& s : slots) {
    w.begin_object().member("slot", to_text(s.date)).member("state", s.state);
    write_text_or_null(w, "reason", s.reason);
    write_text_or_null(w, "run_id", s.run);
    w.end_object();
  }
  w.end_array();
}

std::string write_slots(const std::vector<slot_report>& slots) {
  std::string json;
  json_writer w(json);
  w.begin_object().key("digests");
  write_slot_list(w, slots);
  w.end_object();
  return json;
}

}  // namespace paperboy::http
