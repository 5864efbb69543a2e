#include "adapters/command_line/subcommands.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "adapters/command_line/log.hpp"

namespace paperboy::command_line {

void add_config_option(CLI::App& subcommand, std::filesystem::path& file) {
  subcommand.add_option("-c,--config", file, "The configuration, TOML")
      ->required()
      ->type_name("FILE");
}

std::optional<configuration> load_or_explain(const std::filesystem::path& file) {
  auto loaded = load_configuration(file, paperboy_variables(environ));
  if (const auto* error = std::get_if<configuration_error>(&loaded)) {
    std::cerr << error->text() << std::endl;
    return std::nullopt;
  }
  return std::get<configuration>(std::move(loaded));
}

std::optional<templates> load_templates_or_explain(const configuration& c) {
  if (c.templates.directory.empty()) return templates::built_in();
  auto loaded = templates::from_folder(c.templates.directory);
  if (const auto* error = std::get_if<template_error>(&loaded)) {
    std::cerr << c.templates.directory.native() << '/' << clean_log_text(to_text(*error))
              << std::endl;
    return std::nullopt;
  }
  return std::get<templates>(std::move(loaded));
}

}  // namespace paperboy::command_line
