//! `claimcheck userinfo`

use crate::{
    arguments::UserinfoArguments,
    environment::Environment,
    exit::Exit,
    failure::Failure,
    output::{Output, Stream, Tone, beside},
    text,
};
use desk::{Desk, Reveal};
use serde_json::json;

/// Runs the command.
pub(crate) async fn run(
    desk: &Desk,
    arguments: UserinfoArguments,
    environment: &Environment,
    output: Output,
) -> Result<Exit, Failure> {
    let target = arguments.own.only_target(arguments.connection, desk, environment).await?;
    let wish = arguments.own.wish(&target, false, desk, environment, output).await?;
    let reveal = if arguments.reveal { Reveal::Yes } else { Reveal::No };
    let said = desk.userinfo(&target, &wish, reveal).await?;
    if let Some(note) = &said.note {
        output.talk(format!("{} {}", output.tone_on(Stream::Talk, Tone::Bad, "!"), text::visible(note)));
    }
    if output.json {
        let ours = [("exchange", json!(said.exchange)), ("note", json!(said.note))];
        output.document(&beside(said.claims, ours));
    } else {
        text::facts(output, said.claims.iter().map(|(name, value)| (name.as_str(), text::value(value))));
    }
    Ok(Exit::Done)
}
