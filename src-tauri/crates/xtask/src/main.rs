//! `cargo xtask`: the few commands that set up, start, test, check and package the product.
//! Belongs here: calling tools in the right order, and saying what is missing. Not here: anything that a tool, a test or
//! the product itself can do.

mod bench;
mod bindings;
mod check;
mod dist;
mod failure;
mod files;
mod interop;
mod run;
mod screen;
mod shots;
mod step;
mod system;
mod tally;
mod test;
mod tools;
mod ui;

use failure::Done;
use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask COMMAND

  run       set up what is missing and start the product: the window, or `claimcheck demo` without a display
  test      set up what is missing and run every test, in the real window and keyring too
  check     formatting, lints, documentation, dependencies, UI, generated types
  interop   our parts against clients and servers that others wrote, from npm and crates.io
  bench     what a request costs, as ratios to HAProxy and oidc-provider; `bench WORD` takes the figures with that word
  dist      build the Debian package with window and command line
  shots     take the pictures of docs/screenshots in the real window
  bindings  generate the TypeScript types of what crosses to the window";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["run"] => run::run(),
        ["test"] => test::test(),
        ["check"] => check::check(),
        ["interop"] => interop::interop(),
        ["bench"] => bench::bench(None),
        ["bench", word] => bench::bench(Some(word)),
        ["dist"] => dist::dist(),
        ["shots"] => shots::shots(),
        ["bindings"] => bindings::bindings(),
        ["help" | "--help" | "-h"] => return help(),
        _ => return usage(),
    };
    ended(done)
}

fn help() -> ExitCode {
    println!("{USAGE}");
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}

fn ended(done: Done) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}
