//! `claimcheck inspect`

use crate::{
    arguments::InspectArguments,
    environment::{ask_secret, stdin_is_terminal, stdin_text},
    exit::Exit,
    failure::Failure,
    output::Output,
    text,
};
use desk::{
    Desk, InspectWish, KeyWish,
    wire::{AcceptableVerdict, SignatureVerdict},
};

/// Runs the command.
pub(crate) async fn run(desk: &Desk, arguments: InspectArguments, output: Output) -> Result<Exit, Failure> {
    let from_stdin = arguments.token.as_deref().is_none_or(|token| token == "-");
    if from_stdin && arguments.secret_stdin {
        return Err(Failure::usage(
            "Standard input can hold the token or the secret, not both. Give the token as an argument.",
        ));
    }
    let text = match arguments.token.filter(|token| token != "-") {
        Some(token) => token,
        None => {
            if stdin_is_terminal() {
                output.talk("Paste the token, then press Enter and Ctrl+D.");
            }
            stdin_text()?
        }
    };
    let key = match (arguments.jwks, arguments.key, arguments.secret_stdin) {
        (Some(place), ..) => KeyWish::Jwks(place),
        (_, Some(file), _) => KeyWish::KeyFile(file),
        (.., true) => KeyWish::Secret(ask_secret("Shared secret: ")?),
        _ => KeyWish::None,
    };
    let keyed = !matches!(key, KeyWish::None);
    let wish = InspectWish {
        text,
        key,
        issuer: arguments.issuer,
        audience: arguments.audience,
        algorithms: arguments.algorithm,
        at: arguments.at.as_deref().map(desk::moment).transpose()?,
        leeway: arguments.leeway,
    };
    let inspection = desk.inspect_token(wish).await?;
    if output.json {
        output.document(&inspection);
    } else {
        text::inspection(&inspection, output);
    }
    let unproven = keyed && inspection.signature.verdict != SignatureVerdict::Valid && inspection.decryption.is_none();
    let negative = inspection.acceptable.verdict == AcceptableVerdict::No || unproven;
    Ok(if negative { Exit::Negative } else { Exit::Done })
}
