#pragma once

namespace paperboy::command_line {

// sysexits.h, so that a service manager can tell what to do.
enum exit_status : int {
  exit_good = 0,
  exit_usage = 64,          // the arguments are wrong
  exit_no_input = 66,       // a file to be read is not there
  exit_unavailable = 69,    // something outside, Redis or a port, is not to be had
  exit_software = 70,       // a bug
  exit_cannot_create = 73,  // a file cannot be written
  exit_configuration = 78,
};

}  // namespace paperboy::command_line
