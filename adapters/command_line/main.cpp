#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "adapters/command_line/document.hpp"
#include "adapters/command_line/exit_status.hpp"
#include "adapters/command_line/subcommands.hpp"

namespace {

namespace command_line = paperboy::command_line;

// CLI11 knows which subcommand was being read when it threw.
std::string named(const CLI::App& program) {
  std::string name = program.get_name();
  const CLI::App* at = &program;
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    name += " " + at->get_name();
  }
  return name;
}

int explain(const CLI::App& program, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) {  // --help and --version
    std::cout << (error.get_name() == "CallForVersion" ? std::string{error.what()} + "\n"
                                                       : program.help())
              << std::flush;
    return command_line::exit_good;
  }
  std::string text = error.what();
  // What is unknown is reported as a subcommand that is missing.
  if (const auto rest = program.remaining(true);
      text.starts_with("A subcommand is required") && !rest.empty()) {
    text = fmt::format("{} is not {}", command_line::in_quotes(rest.front()),
                       rest.front().starts_with('-') ? "an option here" : "a subcommand");
  }
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  std::cerr << fmt::format("{}: {}; see {} --help", named(program), text, named(program))
            << std::endl;
  return command_line::exit_usage;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program{
      "Push notifications and daily digests for newsrooms: each reader's own choice of items, at\n"
      "each reader's own hour.",
      "paperboy"};
  program.set_version_flag("--version", "paperboy " PAPERBOY_VERSION);
  program.require_subcommand(1);
  program.footer("Every subcommand has a --help of its own.");
  int status = command_line::exit_good;
  command_line::add_serve(program, status);
  command_line::add_demo(program, status);
  command_line::add_digest(program, status);
  command_line::add_check(program, status);
  command_line::add_simulate_gateways(program, status);
  command_line::add_schedule(program, status);
  command_line::add_key(program, status);
  command_line::add_accept_loss(program, status);
  try {
    program.parse(argc, argv);
    return status;
  } catch (const CLI::ParseError& error) {
    return explain(program, error);
  } catch (const std::exception& error) {
    std::cerr << "paperboy: " << error.what() << std::endl;
    return command_line::exit_software;
  }
}
