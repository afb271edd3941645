//! `claimcheck token`

use crate::{
    arguments::TokenArguments,
    by_grant::grant_of,
    environment::Environment,
    exit::Exit,
    failure::Failure,
    output::{Output, Stream, Tone},
    spelled::Credentials,
    text,
};
use desk::{Desk, Granted, InspectWish, KeyWish, Reveal, TokenWish, wire::ExchangeRecord};
use secrecy::ExposeSecret;
use serde::Serialize;

/// The JSON document: the one place where the token stands.
#[derive(Serialize)]
struct Document<'a> {
    access_token: &'a str,
    token_type: &'a str,
    expires_in: Option<u64>,
    scope: Option<&'a str>,
    requested_scope: Option<&'a str>,
    obtained_at: String,
    expires_at: Option<String>,
    from_cache: bool,
    notes: &'a [String],
    exchange: ExchangeRecord,
}

/// Runs the command.
pub(crate) async fn run(
    desk: &Desk,
    mut arguments: TokenArguments,
    environment: &Environment,
    output: Output,
) -> Result<Exit, Failure> {
    let mut words: Vec<String> = arguments.connection.iter().cloned().collect();
    if let (Some(word), Some(_)) = (words.first(), arguments.spelled.server()) {
        return Err(Failure::usage(format!("`{word}`: a connection that is spelled out leaves no CONNECTION word.")));
    }
    arguments.spelled.options.token_header.append(&mut arguments.header);
    let target = arguments.spelled.target(&mut words, Credentials::Wanted, desk, environment).await?;
    let wish = TokenWish {
        scopes: arguments.spelled.options.scope.clone(),
        fresh: arguments.fresh,
        inputs: arguments.sources.inputs(grant_of(&target, desk).await?, environment)?,
        person: Some(arguments.sources.person(environment, output)),
    };
    let granted = desk.token(&target, &wish).await?;
    if arguments.raw {
        output.line(granted.answer.access_token.expose_secret());
    } else if output.json {
        output.document(&document(&granted, arguments.reveal));
    } else {
        show(desk, &granted, output).await?;
    }
    Ok(Exit::Done)
}

fn document(granted: &Granted, reveal: bool) -> Document<'_> {
    let answer = &granted.answer;
    Document {
        access_token: answer.access_token.expose_secret(),
        token_type: &answer.token_type,
        expires_in: answer.expires_in,
        scope: answer.scope.as_deref(),
        requested_scope: answer.requested_scope.as_deref(),
        obtained_at: text::rfc3339(answer.obtained_at),
        expires_at: answer.expires_at.map(text::rfc3339),
        from_cache: granted.from_cache,
        notes: &answer.notes,
        exchange: answer.exchange.record(if reveal { Reveal::Yes } else { Reveal::No }),
    }
}

/// The story in text: what was granted, for how long, and what it says.
async fn show(desk: &Desk, granted: &Granted, output: Output) -> Result<(), Failure> {
    let answer = &granted.answer;
    output.line(format!("{} from {}", output.tone(Tone::Good, "✓ token"), text::visible(&granted.server)));
    let life = answer.expires_in.map_or_else(|| "the server does not say".to_owned(), text::duration);
    let until = answer.expires_at.map_or_else(String::new, |at| format!(", until {}", text::rfc3339(at)));
    let mut facts = vec![("type", answer.token_type.clone()), ("life", life + &until)];
    facts.extend(answer.scope.clone().map(|scope| ("scope", scope)));
    text::facts(output, facts);
    for note in &answer.notes {
        output.line(format!("  {} {}", output.tone(Tone::Warn, "!"), text::visible(note)));
    }
    let wish = InspectWish {
        text: answer.access_token.expose_secret().to_owned(),
        key: KeyWish::None,
        issuer: None,
        audience: None,
        algorithms: Vec::new(),
        at: None,
        leeway: 0,
    };
    text::claims(&desk.inspect_token(wish).await?, output);
    let hint = "\nThe token itself: --raw. The exchange: --json. Its signature: claimcheck inspect.";
    output.talk(output.tone_on(Stream::Talk, Tone::Quiet, hint));
    Ok(())
}
