//! `claimcheck`: arguments in, text or JSON out, exit codes.
//!
//! Belongs here: the command line's grammar and its output. Not here: what the commands do, which is the desk's.

mod arguments;
mod command;
mod environment;
mod exit;
mod failure;
mod output;
mod spelled;
mod text;

use arguments::{Arguments, Command, ConnectionCommand};
use clap::Parser;
use environment::Environment;
use exit::Exit;
use failure::Failure;
use output::Output;
use std::process::ExitCode;

fn main() -> ExitCode {
    let environment = Environment::read();
    let json = environment.wants_json();
    let output = Output::new(json, environment.no_colour);
    let arguments = match Arguments::try_parse_from(&environment.words) {
        Ok(arguments) => arguments,
        Err(error) => return failure::of_arguments(&error, output).into(),
    };
    environment.log();
    match run(arguments, &environment, output) {
        Ok(exit) => exit.into(),
        Err(failure) => failure.report(output).into(),
    }
}

fn run(arguments: Arguments, environment: &Environment, output: Output) -> Result<Exit, Failure> {
    let desk = environment.desk()?;
    let runtime = tokio::runtime::Runtime::new().map_err(Failure::runtime)?;
    let exit = runtime.block_on(async {
        match arguments.command {
            Command::Demo => command::demo::run(&desk, output).await,
            Command::Gateway(arguments) => command::gateway::run(&desk, arguments, output).await,
            Command::Connection(command) => connection(&desk, command, environment, output).await,
            Command::Token(arguments) => command::token::run(&desk, arguments, environment, output).await,
            Command::Inspect(arguments) => command::inspect::run(&desk, arguments, output).await,
            Command::Introspect(arguments) => command::introspect::run(&desk, arguments, environment, output).await,
            Command::Revoke(arguments) => command::revoke::run(&desk, arguments, environment, output).await,
            Command::Call(arguments) => command::call::run(&desk, arguments, environment, output).await,
        }
    });
    // Whatever still waits in the background (a keyring prompt, a name look-up) must not hold the exit up.
    runtime.shutdown_background();
    exit
}

async fn connection(
    desk: &desk::Desk,
    command: ConnectionCommand,
    environment: &Environment,
    output: Output,
) -> Result<Exit, Failure> {
    match command {
        ConnectionCommand::Add(arguments) => command::connection::add(desk, arguments, environment, output).await,
        ConnectionCommand::List(_) => command::connection::list(desk, output).await,
        ConnectionCommand::Show(arguments) => command::connection::show(desk, &arguments.name, output).await,
        ConnectionCommand::Remove(arguments) => command::connection::remove(desk, &arguments.name, output).await,
    }
}
