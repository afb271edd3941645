//! `claimcheck-desktop`: the window. Reads what the system passes in, once, and hands it on.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    claimcheck_shell::run()
}
