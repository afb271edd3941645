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
use std::pin::Pin;
use std::process::ExitCode;
use tokio::runtime::{Builder, Runtime};

/// A request to the gateway allocates often and small, which this does in fewer instructions than the system's. Huge pages
/// are off: to clear one takes a quarter of the time of a short command. Programs that are started from here inherit that.
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

/// Each command in a box of its own: one future with room for any of them would be put on the stack, page by page.
fn command<'a>(
    command: Command,
    desk: &'a Desk,
    environment: &'a Environment,
    output: Output,
) -> Pin<Box<dyn Future<Output = Result<Exit, Failure>> + 'a>> {
    match command {
        Command::Demo => Box::pin(command::demo::run(desk, output)),
        Command::Gateway(arguments) => Box::pin(command::gateway::run(desk, arguments, output)),
        Command::Connection(command) => Box::pin(connection(command, desk, environment, output)),
        Command::Import(arguments) => Box::pin(command::import::run(desk, arguments, output)),
        Command::Export(arguments) => Box::pin(command::export::run(desk, arguments, environment, output)),
        Command::Definition(command) => Box::pin(definition(command, desk, output)),
        Command::Token(arguments) => Box::pin(command::token::run(desk, *arguments, environment, output)),
        Command::Inspect(arguments) => Box::pin(command::inspect::run(desk, arguments, output)),
        Command::Introspect(arguments) => Box::pin(command::introspect::run(desk, *arguments, environment, output)),
        Command::Revoke(arguments) => Box::pin(command::revoke::run(desk, arguments, environment, output)),
        Command::Doctor(arguments) => Box::pin(command::doctor::run(desk, arguments, environment, output)),
        Command::Userinfo(arguments) => Box::pin(command::userinfo::run(desk, *arguments, environment, output)),
        Command::Call(arguments) => Box::pin(command::call::run(desk, *arguments, environment, output)),
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
