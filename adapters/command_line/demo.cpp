#include <CLI/CLI.hpp>
#include <memory>

#include "adapters/command_line/demo/morning.hpp"
#include "adapters/command_line/subcommands.hpp"

namespace paperboy::command_line {

void add_demo(CLI::App& program, int& status) {
  auto* sub = program.add_subcommand(
      "demo", "The main job on this machine, from items to what phones show, in under 100 seconds");
  sub->footer(
      "Makes a temporary folder with keys and a paperboy.toml, simulates APNs and FCM, starts\n"
      "Paperboy with a Redis of its own (redis-server has to be installed), all on loopback and\n"
      "free ports. Then, through the public HTTP API only: publishes the items, registers phones\n"
      "in many time zones, moves everybody's digest to the next full minute of their own clock,\n"
      "waits for it, prints each digest as the phone shows it, one opened edition and the run's\n"
      "ledger, and checks all of it against the previews and against what the gateways saw. Takes\n"
      "everything down again at the end, and on Ctrl-C.\n\n"
      "--items takes NDJSON as POST /v1/apps/{app}/items does, one item a line. Old items are\n"
      "shifted so that the newest is minutes old; the topics are those of the items.\n\n"
      "Exit status: 0 all as it should be, 1 not, 66 no such file, 69 no Redis or port,\n"
      "130 stopped.\n\n"
      "  paperboy demo\n"
      "  paperboy demo --items teasers.ndjson --keep ./demo");
  auto options = std::make_shared<demo::demo_options>();
  sub->add_option("--items", options->items, "Items to publish; else a sample newsroom's")
      ->type_name("FILE");
  sub->add_option("--keep", options->keep,
                  "Make the folder here, new or empty, and leave it behind")
      ->type_name("DIR");
  sub->callback([options, &status] { status = demo::run_demo(*options); });
}

}  // namespace paperboy::command_line
