//! `claimcheck inspect`

use crate::{
    arguments::InspectArguments,
    command::difference,
    environment::{ask_secret, for_each_stdin_line, stdin_is_terminal, stdin_text},
    exit::Exit,
    failure::Failure,
    output::Output,
    text,
};
use desk::{
    Desk, FoundToken, InspectWish, Inspector, KeyWish,
    wire::{AcceptableVerdict, Finding, Inspection, SignatureVerdict},
};
use secrecy::ExposeSecret;
use serde::Serialize;

/// Runs the command.
pub(crate) async fn run(desk: &Desk, arguments: InspectArguments, output: Output) -> Result<Exit, Failure> {
    let given = arguments.token.as_deref().filter(|token| *token != "-");
    if given.is_none() && arguments.secret_stdin {
        return Err(Failure::usage(
            "Standard input can hold the token or the secret, not both. Give the token as an argument.",
        ));
    }
    if given.is_some() && arguments.lines {
        return Err(Failure::usage("--lines reads the tokens from standard input: leave the argument out."));
    }
    if let Some(file) = &arguments.diff {
        return difference::run(desk, given, file, output).await;
    }
    let text = match given {
        _ if arguments.lines => String::new(),
        Some(token) => picked(token.to_owned(), arguments.pick, output)?,
        None => picked(pasted("the token", output)?, arguments.pick, output)?,
    };
    let by_line = arguments.lines;
    let wish = wish(arguments, text)?;
    let keyed = !matches!(wish.key, KeyWish::None);
    if by_line {
        return lines(&desk.inspector(wish).await?, keyed, output);
    }
    let text = wish.text.clone();
    let inspector = desk.inspector(wish).await?;
    let inspection = inspector.inspect(&text);
    if output.json {
        output.document(&Document { inspection: &inspection, key_lint: inspector.key_lint() });
    } else {
        text::inspection(&inspection, output);
        text::key_lint(inspector.key_lint(), output);
    }
    Ok(exit(is_negative(&inspection, keyed)))
}

/// The inspection, and beside it what is wrong with the keys, whatever the token.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    inspection: &'a Inspection,
    #[serde(skip_serializing_if = "<[Finding]>::is_empty")]
    key_lint: &'a [Finding],
}

/// Standard input, which somebody may have to be told of.
pub(super) fn pasted(what: &str, output: Output) -> Result<String, Failure> {
    if stdin_is_terminal() {
        output.talk(format!("Paste {what}, then press Enter and Ctrl+D."));
    }
    stdin_text()
}

/// One of the tokens of a text that is more than a token; the text itself where it is none.
fn picked(text: String, pick: u64, output: Output) -> Result<String, Failure> {
    let found = desk::tokens_in(&text);
    let count = found.len().max(1);
    let at = usize::try_from(pick - 1).unwrap_or(usize::MAX);
    if at >= count {
        let tokens = if count == 1 { "1 token".to_owned() } else { format!("{count} tokens") };
        return Err(Failure::usage(format!("--pick {pick}: the text holds {tokens}.")));
    }
    let Some(chosen) = found.get(at) else { return Ok(text) };
    output.talk(format!("Read from the text: {}", told(chosen)));
    for (number, other) in found.iter().enumerate().filter(|(number, _)| *number != at) {
        output.talk(format!("  --pick {}: {}", number + 1, told(other)));
    }
    Ok(chosen.token.expose_secret().to_owned())
}

fn told(found: &FoundToken) -> String {
    format!("{} {}", text::visible(&found.place), text::visible(&desk::masked(&found.token)))
}

fn wish(arguments: InspectArguments, text: String) -> Result<InspectWish, Failure> {
    let key = match (arguments.jwks, arguments.key, arguments.secret_stdin) {
        (Some(place), ..) => KeyWish::Jwks(place),
        (_, Some(file), _) => KeyWish::KeyFile(file),
        (.., true) => KeyWish::Secret(ask_secret("Shared secret: ")?),
        _ => KeyWish::None,
    };
    Ok(InspectWish {
        text,
        key,
        issuer: arguments.issuer,
        audience: arguments.audience,
        algorithms: arguments.algorithm,
        scopes: arguments.scope.iter().flat_map(|text| text.split_whitespace()).map(str::to_owned).collect(),
        typ: arguments.typ,
        max_age: arguments.max_age,
        client: arguments.client,
        at: arguments.at.as_deref().map(desk::moment).transpose()?,
        leeway: arguments.leeway,
    })
}

/// A verdict per token: a line is one, or holds some, as a line of a log does; empty lines are passed over. Stops early where
/// nobody reads any more.
fn lines(inspector: &Inspector, keyed: bool, output: Output) -> Result<Exit, Failure> {
    for finding in inspector.key_lint() {
        output.talk(format!("the keys given: {}", text::in_line(&finding.message)));
    }
    let mut any_negative = false;
    let mut tell = |number, token: &str| {
        let inspection = inspector.inspect(token);
        any_negative |= is_negative(&inspection, keyed);
        output.lines(&if output.json { json_line(&inspection) } else { text::inspection_line(number, &inspection) })
    };
    for_each_stdin_line(|number, line| {
        let found = desk::tokens_in(line);
        if found.is_empty() {
            return tell(number, line);
        }
        found.iter().try_for_each(|found| tell(number, found.token.expose_secret()))
    })?;
    Ok(exit(any_negative))
}

fn json_line(inspection: &Inspection) -> String {
    serde_json::to_string(inspection).unwrap_or_default() + "\n"
}

/// Not acceptable; or a key was given and the signature is not shown to be valid with it.
fn is_negative(inspection: &Inspection, keyed: bool) -> bool {
    let unproven = keyed && inspection.signature.verdict != SignatureVerdict::Valid && inspection.decryption.is_none();
    inspection.acceptable.verdict == AcceptableVerdict::No || unproven
}

fn exit(negative: bool) -> Exit {
    if negative { Exit::Negative } else { Exit::Done }
}
