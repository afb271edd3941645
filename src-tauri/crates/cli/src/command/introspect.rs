//! `claimcheck introspect`

use crate::{
    arguments::IntrospectArguments,
    environment::{Environment, stdin_text},
    exit::Exit,
    failure::Failure,
    output::{Output, Tone},
};
use desk::{Desk, Reveal, Target, TokenWish};
use secrecy::SecretString;

/// Runs the command.
pub(crate) async fn run(
    desk: &Desk,
    arguments: IntrospectArguments,
    environment: &Environment,
    output: Output,
) -> Result<Exit, Failure> {
    let mut words = arguments.words;
    let target = arguments.spelled.target(&mut words, environment)?;
    let token = match words.pop() {
        Some(word) => word_token(&word)?,
        None => own_token(desk, &target).await?,
    };
    let reveal = if arguments.reveal { Reveal::Yes } else { Reveal::No };
    let said = desk.introspect(&target, &token, reveal).await?;
    if output.json {
        let mut document = said.answer.clone();
        let exchange = serde_json::to_value(&said.exchange).map_err(|error| Failure::usage(error.to_string()))?;
        document.insert("exchange".into(), exchange);
        output.document(&document);
    } else {
        let (tone, word) = if said.active { (Tone::Good, "✓ active") } else { (Tone::Bad, "✗ inactive") };
        output.line(output.tone(tone, word));
        for (name, value) in said.answer.iter().filter(|(name, _)| *name != "active") {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            output.line(format!("  {name:<12} {}", crate::text::visible(&value)));
        }
    }
    Ok(if said.active { Exit::Done } else { Exit::Negative })
}

/// The token that a word names: itself, or standard input.
pub(crate) fn word_token(word: &str) -> Result<SecretString, Failure> {
    let text = if word == "-" { stdin_text()? } else { word.to_owned() };
    let text = text.trim();
    let bare = text.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("bearer ")).map_or(text, |_| text.get(7..).unwrap_or(text));
    match bare.trim() {
        "" => Err(Failure::usage("There is no token to ask about: standard input or the argument is empty.")),
        token => Ok(SecretString::from(token.to_owned())),
    }
}

/// The connection's own token.
async fn own_token(desk: &Desk, target: &Target) -> Result<SecretString, Failure> {
    Ok(desk.token(target, &TokenWish::default()).await?.answer.access_token.clone())
}

