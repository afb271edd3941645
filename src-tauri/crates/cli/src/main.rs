//! `claimcheck`: arguments in, text or JSON out, exit codes.
//!
//! Belongs here: the command line's grammar and its output. Not here: what the commands do, which is the desk's.

mod arguments;
mod by_grant;
mod command;
mod environment;
mod exit;
mod failure;
mod output;
mod own_token;
mod spelled;
mod target;
mod text;

use arguments::{Arguments, Command, ConnectionCommand, DefinitionCommand};
use clap::Parser;
use desk::Desk;
use environment::Environment;
use exit::Exit;
use failure::Failure;
use output::Output;
use std::process::ExitCode;
use tokio::runtime::{Builder, Runtime};

/// A request to the gateway allocates often and small, which this does in fewer instructions than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| failure::defect(panic.location())));
    let environment = Environment::read();
    let output = Output::new(environment.wants_json(), environment.no_colour);
    let exit = match Arguments::try_parse_from(&environment.words) {
        Ok(arguments) => run(arguments, &environment, output).unwrap_or_else(|failure| failure.report(output)),
        Err(error) => failure::of_arguments(&error, output),
    };
    if !output::all_written() {
        output.talk("claimcheck: Standard output cannot be written; data was lost. Is the disk full?");
        return Exit::Storage.into();
    }
    exit.into()
}

fn run(arguments: Arguments, environment: &Environment, output: Output) -> Result<Exit, Failure> {
    environment.log()?;
    let desk = environment.desk()?;
    let runtime = runtime_for(&arguments.command).map_err(Failure::system)?;
    let exit = runtime.block_on(command(arguments.command, &desk, environment, output));
    for notice in desk.notices_so_far() {
        output.talk(format!("claimcheck: {}", text::visible(&notice)));
    }
    // Whatever still waits in the background (a keyring prompt, a name look-up) must not hold the exit up.
    runtime.shutdown_background();
    exit
}

/// A token is read by one thread: starting others takes as long as reading it.
fn runtime_for(command: &Command) -> std::io::Result<Runtime> {
    match command {
        Command::Inspect(_) => Builder::new_current_thread().enable_all().build(),
        _ => Runtime::new(),
    }
}

async fn command(command: Command, desk: &Desk, environment: &Environment, output: Output) -> Result<Exit, Failure> {
    match command {
        Command::Demo => command::demo::run(desk, output).await,
        Command::Gateway(arguments) => command::gateway::run(desk, arguments, output).await,
        Command::Connection(command) => connection(command, desk, environment, output).await,
        Command::Import(arguments) => command::import::run(desk, arguments, output).await,
        Command::Export(arguments) => command::export::run(desk, arguments, environment, output).await,
        Command::Definition(command) => definition(command, desk, output).await,
        Command::Token(arguments) => command::token::run(desk, *arguments, environment, output).await,
        Command::Inspect(arguments) => command::inspect::run(desk, arguments, output).await,
        Command::Introspect(arguments) => command::introspect::run(desk, *arguments, environment, output).await,
        Command::Revoke(arguments) => command::revoke::run(desk, arguments, environment, output).await,
        Command::Doctor(arguments) => command::doctor::run(desk, arguments, environment, output).await,
        Command::Userinfo(arguments) => command::userinfo::run(desk, *arguments, environment, output).await,
        Command::Call(arguments) => command::call::run(desk, *arguments, environment, output).await,
    }
}

async fn connection(
    command: ConnectionCommand,
    desk: &Desk,
    environment: &Environment,
    output: Output,
) -> Result<Exit, Failure> {
    match command {
        ConnectionCommand::Add(arguments) => command::connection::add(desk, *arguments, environment, output).await,
        ConnectionCommand::List(_) => command::connection::list(desk, output).await,
        ConnectionCommand::Show(arguments) => command::connection::show(desk, &arguments.name, output).await,
        ConnectionCommand::Remove(arguments) => command::connection::remove(desk, &arguments.name, output).await,
    }
}

async fn definition(command: DefinitionCommand, desk: &Desk, output: Output) -> Result<Exit, Failure> {
    match command {
        DefinitionCommand::List(_) => command::definition::list(desk, output).await,
        DefinitionCommand::Remove(named) => command::definition::remove(desk, &named.name, output).await,
    }
}
