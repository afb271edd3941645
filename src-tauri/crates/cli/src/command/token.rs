//! `claimcheck token`

use crate::{
    arguments::TokenArguments,
    environment::Environment,
    exit::Exit,
    failure::Failure,
    output::{Output, Stream, Tone},
    text,
};
use desk::{Desk, Granted, InspectWish, Reveal, wire::ExchangeRecord};
use secrecy::{ExposeSecret, SecretString};
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
    refresh_token: Option<&'a str>,
    id_token: Option<&'a str>,
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
    arguments.own.spelled.options.token_header.append(&mut arguments.header);
    let target = arguments.own.only_target(arguments.connection, desk, environment).await?;
    let wish = arguments.own.wish(&target, arguments.fresh, desk, environment, output).await?;
    let granted = desk.token(&target, &wish).await?;
    if arguments.raw {
        output.line(granted.answer.access_token.expose_secret());
        if is_bound(&granted) {
            output.talk(BOUND);
        }
    } else if output.json {
        output.document(&document(&granted, arguments.reveal));
    } else {
        show(desk, &granted, output).await?;
    }
    Ok(Exit::Done)
}

/// A bound token without its key is of no use, and the key never leaves this run.
const BOUND: &str = "This token is bound to a key of this run (DPoP, RFC 9449): alone, no API takes it. `claimcheck call` and `claimcheck userinfo` send the proofs that it needs.";

fn is_bound(granted: &Granted) -> bool {
    granted.answer.token_type.eq_ignore_ascii_case("dpop")
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
        refresh_token: shown(answer.refresh_token.as_ref(), reveal),
        id_token: shown(answer.id_token.as_ref(), reveal),
        from_cache: granted.from_cache,
        notes: &answer.notes,
        exchange: answer.exchange.record(if reveal { Reveal::Yes } else { Reveal::No }),
    }
}

/// That a token came is no secret.
fn shown(token: Option<&SecretString>, reveal: bool) -> Option<&str> {
    token.map(|token| if reveal { token.expose_secret() } else { desk::MASK })
}

/// The story in text: what was granted, for how long, and what it says.
async fn show(desk: &Desk, granted: &Granted, output: Output) -> Result<(), Failure> {
    let answer = &granted.answer;
    output.line(format!("{} from {}", output.tone(Tone::Good, "✓ token"), text::visible(&granted.server)));
    let life = answer.expires_in.map(text::duration);
    let until = answer.expires_at.map(|at| format!("until {}", text::rfc3339(at)));
    // The notes say why, where nothing is known: the server said nothing, or nothing that can be relied on.
    let known: Vec<String> = life.into_iter().chain(until).collect();
    let life = if known.is_empty() { "not known".to_owned() } else { known.join(", ") };
    let mut facts = vec![("type", answer.token_type.clone()), ("life", life)];
    facts.extend(answer.scope.clone().map(|scope| ("scope", scope)));
    let companions = [("refresh token", &answer.refresh_token), ("ID token", &answer.id_token)];
    let came: Vec<&str> = companions.iter().filter(|(_, token)| token.is_some()).map(|(name, _)| *name).collect();
    facts.extend((!came.is_empty()).then(|| ("with", came.join(", "))));
    text::facts(output, facts);
    let bound = is_bound(granted).then_some(BOUND);
    for note in answer.notes.iter().map(String::as_str).chain(bound) {
        output.line(format!("  {} {}", output.tone(Tone::Warn, "!"), text::visible(note)));
    }
    let wish = InspectWish { text: answer.access_token.expose_secret().to_owned(), ..InspectWish::default() };
    text::claims(&desk.inspect_token(wish).await?, output);
    let hint = "\nThe token itself: --raw. The exchange: --json. Its signature: claimcheck inspect.";
    output.talk(output.tone_on(Stream::Talk, Tone::Quiet, hint));
    Ok(())
}
