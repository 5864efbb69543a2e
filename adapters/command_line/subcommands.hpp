#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "adapters/command_line/configuration.hpp"
#include "core/domain/templates.hpp"

namespace CLI {
class App;
}

namespace paperboy::command_line {

// Each adds one subcommand to the program, with its options and help. When the arguments name it, it
// runs within CLI::App::parse() and leaves its exit status. Faults in arguments that CLI11 does not
// find itself are thrown as CLI::ValidationError. All of them live as long as the program.
void add_accept_loss(CLI::App& program, int& status);
void add_check(CLI::App& program, int& status);
void add_demo(CLI::App& program, int& status);
void add_digest(CLI::App& program, int& status);
void add_key(CLI::App& program, int& status);
void add_schedule(CLI::App& program, int& status);
void add_serve(CLI::App& program, int& status);
void add_simulate_gateways(CLI::App& program, int& status);

// The required `--config FILE` of a subcommand.
void add_config_option(CLI::App& subcommand, std::filesystem::path& file);

// The configuration with the process's environment over it; or nothing, after one line on standard
// error. The exit status then is exit_configuration.
std::optional<configuration> load_or_explain(const std::filesystem::path& file);

// The built-in words, with the configured folder over them; or nothing, as above.
std::optional<templates> load_templates_or_explain(const configuration& c);

}  // namespace paperboy::command_line
