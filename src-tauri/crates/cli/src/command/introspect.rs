//! `claimcheck introspect`

use super::revoke::TokenAnswer;
use crate::{
    arguments::IntrospectArguments,
    environment::Environment,
    exit::Exit,
    failure::Failure,
    output::{Output, Tone, beside},
    spelled::Credentials,
    text,
};
use desk::{Desk, Introspected, Reveal};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Runs the command.
pub(crate) async fn run(
    desk: &Desk,
    arguments: IntrospectArguments,
    environment: &Environment,
    output: Output,
) -> Result<Exit, Failure> {
    let mut words = arguments.words;
    let spelled = &arguments.own.spelled;
    let target = spelled.target(&mut words, Credentials::Wanted, desk, environment).await?;
    let token = match spelled.token(&words)? {
        Some(text) => TokenAnswer::read(&text)?.map_or(text, |answer| answer.access_token),
        None => {
            let wish = arguments.own.wish(&target, false, desk, environment, output).await?;
            desk.token(&target, &wish).await?.answer.access_token.clone()
        }
    };
    let reveal = if arguments.reveal { Reveal::Yes } else { Reveal::No };
    let said = desk.introspect(&target, &token, reveal).await?;
    if output.json {
        output.document(&beside(said.answer, [("exchange", json!(said.exchange))]));
    } else {
        show(&said, output);
    }
    Ok(if said.active { Exit::Done } else { Exit::Negative })
}

fn show(said: &Introspected, output: Output) {
    let (tone, word) = if said.active { (Tone::Good, "✓ active") } else { (Tone::Bad, "✗ inactive") };
    output.line(output.tone(tone, word));
    let members = said.answer.iter().filter(|(name, _)| *name != "active");
    text::facts(output, members.map(|(name, value)| (name.as_str(), told(name, value))));
}

/// The value, and for a time the moment that it means.
fn told(name: &str, value: &Value) -> String {
    let is_time = ["exp", "iat", "nbf"].contains(&name);
    match value.as_i64().filter(|_| is_time).and_then(|seconds| Timestamp::from_second(seconds).ok()) {
        Some(moment) => format!("{value} ({moment})"),
        None => text::value(value),
    }
}
